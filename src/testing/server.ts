/**
 * A server process in a simulation: the real rooms, sessions and gateway connections on the network of network.ts.
 * What is left out of the real one is Bun's socket and ws-kit's routing; the frames go through the same checks and schemas.
 */
import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { ClusterNode } from "../cluster/node.ts";
import { isShared } from "../cluster/port.ts";
import type { Auth } from "../gateway/auth.ts";
import { ResumeSecrets } from "../gateway/auth.ts";
import { Connection, type ConnectionData, type ConnectionHost } from "../gateway/connection.ts";
import { sweepConnections } from "../gateway/heartbeat.ts";
import { Users } from "../gateway/users.ts";
import type { Journal, JournalAlarm, JournalFactory } from "../journal/port.ts";
import { parseChecked } from "../protocol/checked-json.ts";
import { closeCodes } from "../protocol/codes.ts";
import type { Limits } from "../protocol/limits.ts";
import * as schemas from "../protocol/messages.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { Directory } from "../room/directory.ts";
import type { RoomAlarm } from "../room/room-options.ts";
import { type Served, servedTypes } from "../room/serve.ts";
import type { Watch } from "../room/watch.ts";
import type { Link, ServerEnd } from "./network.ts";

export interface SimServerOptions {
  readonly types: readonly (AnyRoomType | Served)[];
  readonly journal: JournalFactory;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly auth: Auth;
  readonly resumeKey: string;
  readonly newId: () => string;
  readonly development: boolean;
  /** What is counted, by its name. */
  readonly count?: (name: string, by?: number) => void;
  readonly onAlarm: (
    alarm: RoomAlarm | JournalAlarm | { readonly code: "server"; readonly message: string; readonly error: unknown },
  ) => void;
}

export class SimServer {
  /** Who looks on, if anybody does. */
  readonly watch: Watch = { watcher: undefined };
  readonly directory: Directory;
  readonly journal: Journal;
  readonly #options: SimServerOptions;
  /** Where the journal is shared. */
  readonly #node: ClusterNode | undefined;
  readonly #host: ConnectionHost;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<{ readonly topics: Set<string>; readonly link: Link }>();
  #isDraining = false;

  private constructor(options: SimServerOptions, journal: Journal) {
    const { clock, limits, types, newId, development, onAlarm, auth, resumeKey } = options;
    this.#options = options;
    this.journal = journal;
    const count = options.count ?? (() => undefined);
    const onTrouble = (where: string, error: unknown) => onAlarm({ code: "server", message: where, error });
    const served = servedTypes(types);
    const users = new Users(limits);
    const defs = served.map(({ def }) => def);
    const node = isShared(journal) ? new ClusterNode({ journal, clock, count, onTrouble, users, types: defs }) : undefined;
    this.#node = node;
    this.directory = new Directory({
      types: served,
      cluster: node && ((room) => node.join(room)),
      nextDue: node && ((limit) => node.due(limit)),
      journal,
      clock,
      limits,
      development,
      watch: this.watch,
      newId,
      count,
      onAlarm,
      publish: (topic, frame) => {
        for (const { topics, link } of this.#sockets) if (topics.has(topic)) link.sendDown(frame);
      },
    });
    this.#host = {
      clock,
      limits,
      auth,
      secrets: new ResumeSecrets(resumeKey),
      directory: this.directory,
      count,
      onTrouble,
      users,
    };
  }

  static async boot(options: SimServerOptions): Promise<SimServer> {
    const server = new SimServer(options, await options.journal({ newEpoch: options.newId, onAlarm: options.onAlarm }));
    if (server.#node !== undefined) await server.#node.start();
    server.directory.start();
    server.#sweepLater();
    return server;
  }

  /** Who is connected now. */
  get connections(): number {
    return this.#connections.size;
  }

  accept(type: string, id: string, link: Link): ServerEnd | undefined {
    if (this.#isDraining || !this.directory.has(type)) return undefined;
    const topics = new Set<string>();
    const data: ConnectionData = { type, id, address: "sim", request: new Request("http://sim/"), connection: undefined };
    // What the gateway uses of Bun's ServerWebSocket.
    const ws = {
      data,
      send: (frame: string) => link.sendDown(frame),
      subscribe: (topic: string) => topics.add(topic),
      unsubscribe: (topic: string) => topics.delete(topic),
      getBufferedAmount: () => link.bufferedBytes,
      close: (code: number) => link.closeDown(code),
      terminate: () => link.closeDown(1006),
      ping: () => link.ping(),
    };
    const connection = new Connection(ws as never, this.#host);
    data.connection = connection;
    const socket = { topics, link };
    this.#connections.add(connection);
    this.#sockets.add(socket);
    return {
      received: (text) => this.#received(connection, text),
      ponged: () => {
        connection.lastSeenMs = this.#options.clock.monotonic();
      },
      drained: () => connection.drained(),
      closed: () =>
        connection.ended(() => {
          this.#connections.delete(connection);
          this.#sockets.delete(socket);
          if (connection.user !== undefined) this.#host.users.gone(connection.user);
          connection.closed();
        }),
    };
  }

  /** As SIGTERM: newcomers are refused, what was accepted is told, everyone is sent away. */
  async stop(): Promise<void> {
    const node = this.#node;
    this.#isDraining = true;
    node?.drain();
    await Promise.all([...this.directory.rooms].map((room) => room.drained()));
    for (const connection of this.#connections)
      connection.turnAway("UNAVAILABLE", closeCodes.restart, "The server restarts. Come again.", node === undefined ? 1_000 : 100);
    // On to other nodes, while this one still decides for its rooms.
    if (node !== undefined) await new Promise<void>((resolve) => void this.#options.clock.setTimer(awayMs, resolve));
    await this.directory.stop();
    await node?.stop();
    await this.journal.close();
  }

  #received(connection: Connection, text: string): void {
    const { clock } = this.#options;
    if (connection.phase === "closed") return;
    connection.lastSeenMs = clock.monotonic();
    connection.inTurn(text, () => {
      try {
        this.#take(connection, text);
      } catch (error) {
        this.#host.onTrouble("frame", error);
      }
    });
  }

  #take(connection: Connection, text: string): void {
    const { limits } = this.#options;
    if (connection.phase === "closed") return;
    const parsed = parseChecked(text, { bytesMax: limits.frameBytesMax, depthMax: limits.jsonDepthMax, keysMax: limits.jsonKeysMax });
    if (!parsed.ok) return connection.refuse(parsed.code, parsed.message);
    const { type, payload } = parsed.value as { readonly type: string; readonly payload: unknown };
    const take = takers[type as keyof typeof takers];
    if (take === undefined) return connection.refuse("UNIMPLEMENTED", `There is no frame '${type}'.`);
    connection.frameBytes = Buffer.byteLength(text);
    if (!take(connection, payload)) connection.refuse("INVALID_ARGUMENT", `The payload of '${type}' is wrong.`);
  }

  #sweepLater(): void {
    const { clock, limits } = this.#options;
    clock.setTimer(limits.sweepEveryMs, () => {
      sweepConnections(this.#connections, clock, limits, () => undefined);
      this.#host.users.sweep(clock.monotonic());
      this.directory.sweep(clock.monotonic());
      this.#sweepLater();
    });
  }
}

const awayMs = 50;

const taker = <E extends v.ObjectEntries>(
  entries: E,
  give: (connection: Connection, payload: v.InferOutput<v.StrictObjectSchema<E, undefined>>) => void,
) => {
  const schema = v.strictObject(entries);
  return (connection: Connection, payload: unknown): boolean => {
    const parsed = v.safeParse(schema, payload);
    if (parsed.success) give(connection, parsed.output);
    return parsed.success;
  };
};
const takers = {
  hello: taker(schemas.hello, (connection, hello) => connection.hello(hello)),
  command: taker(schemas.command, (connection, { seq, event }) => connection.command(seq, event)),
  settled: taker(schemas.settled, (connection, { seq }) => connection.settled(seq)),
  presence: taker(schemas.presence, (connection, { state }) => connection.presence(state)),
  resync: taker(schemas.resync, (connection, { reason }) => connection.resync(reason)),
  ping: taker(schemas.ping, (connection, { rev }) => connection.pinged(rev)),
  token: taker(schemas.token, (connection, { token }) => connection.token(token)),
  bye: taker(schemas.bye, (connection) => connection.bye()),
};
