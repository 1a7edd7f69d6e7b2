/**
 * The server: Bun.serve, the rooms, and what watches over both. From: main.ts or an app's own composition root.
 * `createServer` makes nothing run; `listen` does; `stop` drains.
 */
import type { Server } from "bun";
import { type Clock, realClock } from "../clock.ts";
import { isShared } from "../cluster/port.ts";
import { createInspector, type Inspector, type InspectorOptions } from "../inspect/inspector.ts";
import type { Journal, JournalAlarm, JournalFactory } from "../journal/port.ts";
import { LoopLag } from "../operate/loop-lag.ts";
import { measured } from "../operate/measured-journal.ts";
import { closeCodes } from "../protocol/codes.ts";
import { defaultLimits, type Limits } from "../protocol/limits.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { Directory } from "../room/directory.ts";
import type { Room } from "../room/room.ts";
import type { RoomAlarm } from "../room/room-options.ts";
import { type Served, servedTypes } from "../room/serve.ts";
import type { Watch } from "../room/watch.ts";
import type { Session } from "../sync/session.ts";
import { type Auth, guests, ResumeSecrets } from "./auth.ts";
import type { Connection, ConnectionData, ConnectionHost } from "./connection.ts";
import { Counters } from "./counters.ts";
import { sweepConnections } from "./heartbeat.ts";
import { isLoopback } from "./loopback.ts";
import type { Pages } from "./page-paths.ts";
import { pageRoutes } from "./pages.ts";
import { Site } from "./site.ts";
import { admit, type Connected, defaultOrigins } from "./upgrade.ts";
import { Users } from "./users.ts";
import { createWebSocketHandler } from "./websocket.ts";

export interface ServerOptions {
  /** Room types, as `defineRoom` gives them or with services, as `serve` gives them. */
  readonly rooms: readonly (AnyRoomType | Served)[];
  readonly journal: JournalFactory;
  /** Default: guests, on loopback only. */
  readonly auth?: Auth;
  /** Exact origins of the pages that may connect, for example `https://example.com`. Default: this server's own on loopback. */
  readonly origins?: readonly string[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0: any free port. Default 3000. */
  readonly port?: number;
  /** HTML files by their path, bundled with all they import. Without one at `/`, that is a page that lists them and says what runs here. */
  readonly pages?: Pages;
  readonly limits?: Partial<Limits>;
  /** Key of the resume secrets, at least 16 characters; a function is asked only where the nodes of a shared journal have none of their own. Default: a random one, so clients cannot resume across a restart. */
  readonly resumeKey?: string | (() => Promise<string>);
  /** Runs every op twice and freezes contexts. Default: unless NODE_ENV is production. */
  readonly development?: boolean;
  /** Who may look at what runs here, and where. Default: nobody. */
  readonly inspector?: InspectorOptions;
  readonly clock?: Clock;
  readonly newId?: () => string;
  readonly onAlarm?: (alarm: ServerAlarm) => void;
  /** A client missed its heartbeat; its socket is about to be closed. */
  readonly onStaleConnection?: (session: Session) => void;
}

export type ServerAlarm = RoomAlarm | JournalAlarm | { readonly code: "server"; readonly message: string; readonly error?: unknown };

export interface QuorateServer {
  readonly url: URL;
  /** The admin listener, where there is one. */
  readonly adminUrl: URL | undefined;
  /** Counters since the start, and what is there now. */
  stats(): Record<string, number>;
  /** Running rooms. */
  readonly rooms: Iterable<Room>;
  /** Refuses newcomers, flushes, tells everyone to come again (1012), closes. At most `drainMsMax`. */
  stop(): Promise<void>;
}

export function createServer(options: ServerOptions): { listen(): Promise<QuorateServer> } {
  const host = options.host ?? "127.0.0.1";
  if (options.auth === undefined && !isLoopback(host))
    throw new TypeError("Guests are for loopback only: give `auth` to listen on a public address.");
  if (options.origins === undefined && !isLoopback(host))
    throw new TypeError("Give `origins`, the pages that may connect, to listen on a public address.");
  return { listen: () => listen(options, host) };
}

async function listen(options: ServerOptions, hostname: string): Promise<QuorateServer> {
  const clock = options.clock ?? realClock;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const newId = options.newId ?? (() => crypto.randomUUID().replaceAll("-", "").slice(0, 16));
  const tell =
    options.onAlarm ?? ((alarm: ServerAlarm) => console.error(JSON.stringify({ level: "alarm", ...alarm, error: describe(alarm) })));
  const counters = new Counters();
  const count = (name: string, by?: number) => counters.add(name, by);
  const onAlarm = (alarm: ServerAlarm): void => {
    count(`alarms.${alarm.code}`);
    try {
      tell(alarm);
    } catch (error) {
      console.error("onAlarm failed:", error); // an alarm that cannot be told must not stop what raised it
    }
  };
  const onTrouble = (where: string, error: unknown) => onAlarm({ code: "server", message: `failed on ${where}`, error });
  const development = options.development ?? process.env["NODE_ENV"] !== "production";
  // First: a page that cannot be built must not leave an open journal behind.
  const site = await Site.build(options.pages ?? {}, development);
  // Only where somebody can scrape is anything of them loaded, or measured.
  const metrics = options.inspector?.admin === undefined ? undefined : new (await import("../operate/metrics.ts")).Metrics();
  const opened = await options.journal({ newEpoch: newId, onAlarm });
  const failed = (code: string) => count(`journalErrors.${code}`);
  const journal = metrics === undefined ? opened : measured(opened, clock, { failed, committed: (ms) => metrics.committed(ms) });

  let bun: Server<ConnectionData> | undefined;
  const types = servedTypes(options.rooms);
  const watch: Watch = { watcher: undefined };
  const users = new Users(limits);
  // One node alone loads nothing of this.
  const cluster = isShared(journal)
    ? new (await import("../cluster/node.ts")).ClusterNode({ journal, clock, users, count, types: types.map(({ def }) => def), onTrouble })
    : undefined;
  const directory = new Directory({
    types,
    cluster: cluster && ((room) => cluster.join(room)),
    nextDue: cluster && ((limit) => cluster.due(limit)),
    watch,
    journal,
    clock,
    limits,
    development,
    newId,
    count,
    onAlarm,
    onTold: metrics && ((ms) => metrics.told(ms)),
    onFollowed: metrics && ((ms) => metrics.followed(ms)),
    publish: (topic, frame) => void bun?.publish(topic, frame),
  });
  const connected: Connected = { all: new Set(), perAddress: new Map() };
  const connectionHost: ConnectionHost = {
    clock,
    limits,
    auth: options.auth ?? guests(),
    secrets: new ResumeSecrets(await resumeKeyOf(options, journal)),
    directory,
    count,
    onTrouble,
    users,
  };
  const { upgrade, websocket } = createWebSocketHandler(connectionHost, {
    add: (connection, data) => {
      connected.all.add(connection);
      count("connections");
      connected.perAddress.set(data.address, (connected.perAddress.get(data.address) ?? 0) + 1);
    },
    remove: (connection, data) => {
      connected.all.delete(connection);
      decrement(connected.perAddress, data.address);
      if (connection.user !== undefined) users.gone(connection.user);
    },
  });

  const lag = new LoopLag(clock, metrics && ((ms) => metrics.lagged(ms)));
  const scrape = metrics && {
    contentType: metrics.contentType,
    text: () => metrics.scrape({ counts: counters.all(), connections: connected.all, rooms: directory.rooms }),
  };
  let draining = false;
  const health = { isDraining: () => draining, journal, net: cluster?.net, clock, lag };
  let origins: ReadonlySet<string> = new Set(options.origins);
  const port = options.port ?? 3_000;
  bun = Bun.serve<ConnectionData>({
    hostname,
    port,
    development: false, // Bun's error page shows source
    websocket,
    routes: pageRoutes({ ...health, directory, connected, types: options.rooms.map(typeOf), site }),
    async fetch(request, server) {
      if (!URL.canParse(request.url)) return new Response("Bad Host", { status: 400 }); // Bun has put the Host header into it
      const file = request.method === "GET" ? await site.respond(request) : undefined;
      if (file !== undefined) return file;
      const admitted = admit(request, server, { draining, origins, limits, connected, directory });
      if (admitted instanceof Response) {
        count(`upgradesRefused.${admitted.status}`);
        return admitted;
      }
      return upgrade(request, server, admitted);
    },
    error(error) {
      onTrouble("request", error);
      return new Response("Internal error", { status: 500 });
    },
  });
  const listening = bun;
  if (options.origins === undefined) origins = defaultOrigins(listening.port ?? port);
  const beside = listening.port ?? port;
  let inspector: Inspector | undefined;
  try {
    const given = { clock, limits, development, watch, directory, journal, types, onTrouble, beside, scrape };
    inspector = createInspector(options.inspector, given);
  } catch (error) {
    await listening.stop(true);
    await journal.close();
    throw error;
  }
  await cluster?.start();
  directory.start();
  lag.start();

  let stopSweep: () => void;
  const sweep = () => {
    try {
      const now = clock.monotonic();
      sweepConnections(connected.all, clock, limits, (connection) => {
        count("heartbeatsMissed");
        try {
          if (connection.session !== undefined) options.onStaleConnection?.(connection.session);
        } catch (error) {
          onTrouble("onStaleConnection", error);
        }
      });
      users.sweep(now);
      directory.sweep(now);
    } catch (error) {
      onTrouble("sweep", error);
    }
    stopSweep = clock.setTimer(limits.sweepEveryMs, sweep);
  };
  stopSweep = clock.setTimer(limits.sweepEveryMs, sweep);

  let stopping: Promise<void> | undefined;
  return {
    url: listening.url,
    adminUrl: inspector?.url,
    get rooms() {
      return directory.rooms; // afresh each time: a map's iterator can be used once
    },
    stats: () => ({ ...counters.all(), connectionsNow: connected.all.size, roomsNow: directory.size }),
    stop: () => {
      stopping ??= (async () => {
        draining = true;
        stopSweep();
        cluster?.drain();
        // Flushed first, so that what was accepted is told before the goodbye.
        await Promise.race([Promise.all([...directory.rooms].map((room) => room.drained())), after(clock, limits.drainMsMax)]);
        // On to other nodes, while this one still decides for its rooms; then those, one by one.
        if (cluster !== undefined) await sendAway([...connected.all], clock);
        for (const connection of connected.all)
          connection.turnAway("UNAVAILABLE", closeCodes.restart, "The server restarts. Come again.", 1_000);
        await Promise.race([directory.stop(), after(clock, limits.drainMsMax)]);
        await cluster?.stop();
        await inspector?.stop();
        await journal.close();
        lag.stop();
        await listening.stop(true);
      })();
      return stopping;
    },
  };
}

async function resumeKeyOf({ resumeKey }: ServerOptions, journal: Journal): Promise<string> {
  if (typeof resumeKey === "string") return resumeKey;
  return isShared(journal) ? journal.secret() : ((await resumeKey?.()) ?? crypto.randomUUID());
}

/** In waves, so that not all come to the other nodes at once. */
async function sendAway(connections: readonly Connection[], clock: Clock): Promise<void> {
  for (let start = 0; start < connections.length; start += awayAtOnce) {
    for (const connection of connections.slice(start, start + awayAtOnce))
      connection.turnAway("UNAVAILABLE", closeCodes.restart, "This server stops. Come again, to another one.", awayRetryMs);
    await after(clock, awayEveryMs);
  }
}
const awayAtOnce = 50;
const awayEveryMs = 50;
const awayRetryMs = 100;

const after = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.setTimer(ms, resolve));
const typeOf = (room: AnyRoomType | Served): string => ("def" in room ? room.def.type : room.type);

function decrement(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left <= 0) counts.delete(key);
  else counts.set(key, left);
}

function describe(alarm: ServerAlarm): string | undefined {
  if (!("error" in alarm) || alarm.error === undefined) return undefined;
  return alarm.error instanceof Error ? `${alarm.error.name}: ${alarm.error.message}` : String(alarm.error);
}
