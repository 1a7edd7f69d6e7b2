/** A real server on a free port, with guests whose name says their role: Host…, Cohost…, Observer…, anyone else is a member. */
import { type Auth, guests, type Role } from "../../src/gateway/auth.ts";
import { createServer, type QuorateServer, type ServerAlarm, type ServerOptions } from "../../src/gateway/server.ts";
import { memory } from "../../src/journal/memory.ts";
import { meeting } from "../../src/meeting/room.ts";

export const roleByName = (name: string): Role =>
  name.startsWith("Host") ? "host" : name.startsWith("Cohost") ? "cohost" : name.startsWith("Observer") ? "observer" : "member";
const auth: Auth = guests({ role: roleByName });

export interface TestServer extends AsyncDisposable {
  readonly server: QuorateServer;
  readonly alarms: ServerAlarm[];
  /** ws:// address of a room, for example `meeting/weekly`. */
  url(room?: string): string;
  http(path: string): string;
}

export async function testServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const alarms: ServerAlarm[] = [];
  const server = await createServer({
    rooms: [meeting],
    journal: memory(),
    auth,
    port: 0,
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  }).listen();
  return {
    server,
    alarms,
    url: (room = "meeting/weekly") => `ws://127.0.0.1:${server.url.port}/rooms/${room}`,
    http: (path) => `http://127.0.0.1:${server.url.port}${path}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
