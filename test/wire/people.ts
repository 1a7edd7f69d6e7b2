/** Who comes in the wire tests, and how a test gets hold of the server's side of them. */
import type { MeetingContext } from "../../machines/meeting.ts";
import type { Auth } from "../../src/gateway/auth.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { Room } from "../../src/room/room.ts";
import type { Session } from "../../src/sync/session.ts";
import { type ClientOptions, stateText, TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { roleByName, type TestServer } from "../support/server.ts";

/** One user per name, with any number of clients. No name: not signed in; Mallory may enter no room. */
export const byName: Auth = {
  authenticate: ({ token }) => (token === undefined ? undefined : { user: token.toLowerCase(), name: token }),
  authorize: ({ name }) => (name === "Mallory" ? undefined : roleByName(name)),
};

/** Joined and live. As a guest, its user is `guest-<client>`. */
export const enter = (running: TestServer, name: string, options: Partial<ClientOptions> = {}): Promise<TestClient> =>
  TestClient.join(meeting, running.url(), { client: name.toLowerCase(), token: name, ...options });

export const meetingOf = (client: TestClient): MeetingContext["meeting"] => (client.context as MeetingContext).meeting;

export function onlyRoom(running: TestServer): Room {
  const [room, ...others] = running.server.rooms;
  if (room === undefined || others.length > 0) throw new Error("not exactly one room is running");
  return room;
}

export function sessionOf(running: TestServer, client: string): Session {
  const found = [...onlyRoom(running).sessions].find((session) => session.client === client);
  if (found === undefined) throw new Error(`no session of '${client}'`);
  return found;
}

export const serverRev = (running: TestServer): number => onlyRoom(running).committed?.domain.rev ?? -1;

export function serverState(running: TestServer): string {
  const { committed } = onlyRoom(running);
  if (committed === undefined) throw new Error("the room has no state yet");
  return stateText(committed.domain.snapshot);
}

/** The socket is gone, and the server knows. */
export async function vanish(running: TestServer, client: TestClient): Promise<void> {
  const { who } = sessionOf(running, client.options.client);
  client.vanish();
  await eventually(() => [...onlyRoom(running).sessions].every((session) => session.who !== who || session.isStale), "a stale session");
}
