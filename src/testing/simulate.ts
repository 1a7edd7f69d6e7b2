/**
 * `simulate`: an app's room type on the real server and client code, in one process, on a virtual clock. One seed, one exact run.
 * For apps' tests; Quorate's own simulator (test/sim) breaks the same parts on purpose.
 */
import { createRoom, type Room } from "../client/index.ts";
import { overlaid } from "../client/overlay.ts";
import type { Auth } from "../gateway/auth.ts";
import { memory } from "../journal/memory.ts";
import { defaultLimits, type Limits } from "../protocol/limits.ts";
import type { AnyRoomType, ServicesOf } from "../room/define-room.ts";
import { historyIds } from "../room/domain.ts";
import { serve } from "../room/serve.ts";
import { VirtualClock } from "./clock.ts";
import { Link } from "./network.ts";
import { random } from "./random.ts";
import { SimServer } from "./server.ts";

export interface SimulateOptions<R extends AnyRoomType = AnyRoomType> {
  /** Default 2. They are the users `u1`, `u2` …, of these roles in turn; the first is the host, all others are members. */
  readonly clients?: number;
  readonly roles?: readonly ("host" | "cohost" | "member" | "observer")[];
  /** Default 1. */
  readonly seed?: number;
  readonly limits?: Partial<Limits>;
  /** As for `serve`. */
  readonly services?: Partial<ServicesOf<R>>;
}

export interface Simulation<R extends AnyRoomType> extends AsyncDisposable {
  readonly clients: readonly [Room<R>, ...Room<R>[]];
  readonly clock: VirtualClock;
  /** Time passes until nothing is under way. */
  settle(): Promise<void>;
  /** Time passes: timers of the machine fire. */
  pass(ms: number): Promise<void>;
  /** What one client has and the server has not, or the other way round; undefined: all are in step. */
  divergence(): string | undefined;
}

export async function simulate<R extends AnyRoomType>(definition: R, options: SimulateOptions<R> = {}): Promise<Simulation<R>> {
  const { clients: count = 2, roles = ["host"], seed = 1, services = {} } = options;
  const clock = new VirtualClock();
  const next = random(seed);
  let ids = 0;
  const auth: Auth = {
    authenticate: ({ token = "" }) => ({ user: token, name: token }),
    authorize: ({ user }) => roles[Number(user.slice(1)) - 1] ?? "member",
  };
  const troubles: string[] = [];
  const server = await SimServer.boot({
    types: [serve(definition, { services })],
    journal: memory(),
    clock,
    limits: { ...defaultLimits, ...options.limits },
    auth,
    resumeKey: "a simulation's key",
    newId: () => `id${++ids}`,
    development: true,
    onAlarm: (alarm) => troubles.push(`${alarm.code}: ${alarm.message}`),
  });
  let links = 0;
  const accept = (link: Link) => server.accept(definition.type, "sim", link);
  const rooms = Array.from({ length: Math.max(1, count) }, (_, i) =>
    createRoom(definition, {
      url: "ws://sim",
      id: "sim",
      token: `u${i + 1}`,
      clock,
      random: next,
      newId: () => `c${++ids}`,
      network: { isOnline: () => true, watch: () => () => undefined },
      socket: () => new Link(++links, { clock, delayMs: () => 1 + next() * 20, accept }).socket,
    }),
  );
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    if (troubles.length > 0) throw new Error(`the simulated server had trouble: ${troubles.join("; ")}`);
  };
  const settle = async (): Promise<void> => {
    for (let waited = 0; waited < 60_000; waited += 100) {
      await pass(100);
      if (rooms.every(({ connection, pending }) => connection.status === "live" && pending.length === 0) && divergence() === undefined)
        return;
    }
    throw new Error(`never in step: ${divergence() ?? rooms.map(({ connection }) => connection.status).join()}`);
  };
  const divergence = (): string | undefined => {
    const [hosted] = server.directory.rooms;
    const committed = hosted?.committed;
    if (committed === undefined) return "the server has no state yet";
    for (const room of rooms) {
      const mine = textOf(room.confirmed as never);
      const { domain } = committed;
      const { me } = room;
      const role = me?.role ?? "";
      const user = me?.user ?? "";
      const snapshot = domain.snapshot as never;
      const context =
        definition.view === undefined
          ? domain.snapshot.context
          : overlaid(definition.view(snapshot, definition.audience({ user, role })), definition.own?.(snapshot, user));
      const served = textOf({ ...domain.snapshot, context } as never);
      if (mine !== served) return `${me?.user ?? "somebody"} at rev ${room.rev} has ${mine}, the server at rev ${domain.rev} has ${served}`;
    }
    return undefined;
  };
  await settle();
  return {
    clients: rooms as unknown as readonly [Room<R>, ...Room<R>[]],
    clock,
    settle,
    pass,
    divergence,
    async [Symbol.asyncDispose]() {
      for (const room of rooms) void room.leave();
      await clock.advance(1_000);
      const stopped = server.stop();
      await clock.advance(10_000);
      await stopped;
    },
  };
}

const textOf = (snapshot: Parameters<typeof historyIds>[0]): string =>
  JSON.stringify([snapshot.value, snapshot.context, snapshot.status, historyIds(snapshot)]);
