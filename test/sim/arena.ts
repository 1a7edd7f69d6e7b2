/**
 * The room type that is simulated: people in each other's way, timers, a service, cues, secrets, roles that change, people who are removed, actions that
 * throw. Each command carries a tag, so that its one op can be found again. `secret` has a view: who is no host sees that somebody whispered, not what, but for their own.
 */
import * as v from "valibot";
import { assign, emit, fromPromise, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom, type OldState } from "../../src/room/define-room.ts";
import { mask, type Secret } from "../../src/room/secret.ts";

const tag = v.string();
const commands = {
  add: { tag, n: v.number() },
  set: { tag, field: v.picklist(["a", "b"]), value: v.number() },
  take: { tag },
  drop: { tag },
  item: { tag },
  light: { tag },
  defuse: { tag },
  wind: { tag },
  work: { tag },
  shout: { tag },
  whisper: { tag, text: v.string() },
  crown: { tag, user: v.string(), isHost: v.boolean() },
  kick: { tag, user: v.string() },
  pardon: { tag },
  fail: { tag },
  trip: { tag },
};
export type ArenaCommand = { [Name in keyof typeof commands]: { readonly type: Name } }[keyof typeof commands] & {
  readonly tag: string;
  readonly n?: number;
  readonly field?: "a" | "b";
  readonly value?: number;
  readonly text?: string;
  readonly user?: string;
  readonly isHost?: boolean;
};

const totalMax = 60;
export const fuseMs = 3_000;
/** Longer than a room without anybody stays loaded: it has to wake for it. */
export const windingMs = 20_000;
/** In between, and nothing is left for it. */
export const tickMs = 7_000;
/** At first. The others are a client's that was not loaded anew since the last release, or was too soon; or a server's after an upgrade. */
export const serverVersion = 2;

export interface Arena {
  readonly people: Readonly<Record<string, number>>;
  /** Of those, who has no connection at the moment. */
  readonly away: Readonly<Record<string, true>>;
  /** Who was made a host, or none, whatever the sign-in says. */
  readonly crowned: Readonly<Record<string, boolean>>;
  /** Removed, until they are pardoned. */
  readonly out: readonly string[];
  readonly total: number;
  readonly fields: Readonly<Record<string, number>>;
  readonly holder: string | null;
  readonly items: readonly { readonly id: string; readonly tag: string }[];
  readonly bangs: number;
  readonly ticks: number;
  readonly rings: number;
  readonly done: number;
  readonly failed: number;
  readonly whispers: Readonly<Record<string, Secret<string>>>;
}
type JobEvent = { at: number; id: string; by: { user: string; role: string; client: string } } & (
  | { type: "xstate.done.actor.job"; output: number }
  | { type: "xstate.error.actor.job"; error: unknown }
);

const arenaMachine = (bangsAfter: (bangs: number) => number) =>
  setup({
    types: {} as {
      context: Arena;
      events: CommandEvent<typeof commands> | SystemEvent | JobEvent;
      emitted: { type: "shouted"; tag: string } | { type: "participant.removed"; user: string };
    },
    actors: { job: fromPromise<number, { tag: string }>(() => Promise.reject(new Error("not here"))) },
    guards: {
      fits: ({ context, event }) => event.type === "add" && context.total + event.n <= totalMax,
      isHolder: ({ context, event }) => context.holder === event.by.user,
      notHost: ({ event }) => event.by.role !== "host",
      mayEnter: ({ context, event }) => event.type === "participant.joined" && !context.out.includes(event.user),
      mayGo: ({ event }) => event.type === "kick" && event.user !== "u0",
    },
    actions: {
      throwUp: assign(() => {
        throw new Error("this action throws");
      }),
      /** An effect, and nobody waits for it. */
      stumble: () => Promise.reject(new Error("this effect rejects")) as never,
    },
    delays: { fuse: fuseMs, winding: windingMs, tick: tickMs },
  }).createMachine({
    id: "arena",
    type: "parallel",
    context: {
      people: {},
      away: {},
      crowned: {},
      out: [],
      total: 0,
      fields: {},
      holder: null,
      items: [],
      bangs: 0,
      ticks: 0,
      rings: 0,
      done: 0,
      failed: 0,
      whispers: {},
    },
    on: {
      "participant.joined": {
        guard: "mayEnter",
        actions: assign({
          people: ({ context: { people }, event }) => ({ ...people, [event.user]: (people[event.user] ?? 0) + 1 }),
          away: ({ context: { away }, event }) => without(away, event.user),
        }),
      },
      "participant.left": {
        actions: assign(({ context: { people, away }, event: { user } }) => {
          const sessions = people[user] ?? 1;
          return sessions > 1
            ? { people: { ...people, [user]: sessions - 1 }, away }
            : { people: without(people, user), away: without(away, user) };
        }),
      },
      "participant.away": { actions: assign({ away: ({ context: { away }, event: { user } }) => ({ ...away, [user]: true as const }) }) },
      "participant.back": { actions: assign({ away: ({ context: { away }, event: { user } }) => without(away, user) }) },
      crown: { actions: assign({ crowned: ({ context: { crowned }, event: { user, isHost } }) => ({ ...crowned, [user]: isHost }) }) },
      kick: {
        guard: "mayGo",
        actions: [
          assign({ out: ({ context: { out }, event: { user } }) => [...out.filter((other) => other !== user), user] }),
          emit(({ event: { user } }) => ({ type: "participant.removed", user })),
        ],
      },
      pardon: { actions: assign({ out: [] }) },
      add: { guard: "fits", actions: assign({ total: ({ context, event }) => context.total + event.n }) },
      set: { actions: assign({ fields: ({ context, event }) => ({ ...context.fields, [event.field]: event.value }) }) },
      shout: { actions: emit(({ event }) => ({ type: "shouted", tag: event.tag })) },
      whisper: {
        guard: "notHost",
        actions: assign({
          whispers: ({ context, event }) => ({ ...context.whispers, [event.by.user]: `${event.text} of ${event.by.user};` }),
        }),
      },
      fail: { actions: "throwUp" },
      trip: { actions: "stumble" },
    },
    states: {
      seat: {
        initial: "free",
        states: {
          free: { on: { take: { target: "held", actions: assign({ holder: ({ event }) => event.by.user }) } } },
          held: {
            on: {
              drop: { guard: "isHolder", target: "free", actions: assign({ holder: null }) },
              item: {
                guard: "isHolder",
                actions: assign({ items: ({ context, event }) => [...context.items, { id: event.id, tag: event.tag }].slice(-50) }),
              },
            },
          },
        },
      },
      bomb: {
        initial: "out",
        states: {
          out: { on: { light: { target: "lit" } } },
          lit: {
            on: { defuse: { target: "out" } },
            after: { fuse: { target: "out", actions: assign({ bangs: ({ context }) => bangsAfter(context.bangs) }) } },
          },
        },
      },
      clock: {
        initial: "still",
        states: {
          still: { on: { wind: { target: "running" } } },
          running: {
            after: {
              tick: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
              winding: { target: "still", actions: assign({ rings: ({ context }) => context.rings + 1 }) },
            },
          },
        },
      },
      job: {
        initial: "idle",
        states: {
          idle: { on: { work: { target: "busy" } } },
          busy: {
            invoke: {
              src: "job",
              id: "job",
              input: ({ event }) => ({ tag: "tag" in event ? event.tag : "" }),
              onDone: { target: "idle", actions: assign({ done: ({ context }) => context.done + 1 }) },
              onError: { target: "idle", actions: assign({ failed: ({ context }) => context.failed + 1 }) },
            },
          },
        },
      },
    },
  });

const without = <T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));

const shared = {
  version: serverVersion,
  machine: arenaMachine((bangs) => bangs + 1),
  commands,
  presence: { x: v.number() },
  reasons: {
    fits: `Not more than ${totalMax}.`,
    isHolder: "You do not hold it.",
    notHost: "Hosts do not whisper.",
    mayEnter: "You were removed.",
    mayGo: "Not this one.",
  },
} as const;

export const isHost = ({ crowned }: Pick<Arena, "crowned">, user: string): boolean => crowned[user] ?? user === "u0";
const role = ({ crowned }: Pick<Arena, "crowned">, user: string): string | undefined => {
  const isHost = crowned[user];
  return isHost === undefined ? undefined : isHost ? "host" : "member";
};

export const arena = defineRoom({ ...shared, type: "arena", role });
/** What the view of secrets meets just now: its own bug. */
export const viewTrouble = { isOn: false };
const secretOf = (version: number, migrate?: (from: number, old: OldState) => { readonly context: Arena }) =>
  defineRoom({
    ...shared,
    version,
    ...(migrate === undefined ? {} : { migrate }),
    type: "secret",
    role,
    audience: (viewer) => (viewer.role === "host" ? "host" : "table"),
    view: ({ context }, audience) => {
      if (viewTrouble.isOn) throw new Error("this view throws");
      return audience === "host" ? context : { ...context, whispers: mask(context.whispers) };
    },
    own: ({ context: { whispers } }, user) => (Object.hasOwn(whispers, user) ? { whispers: { [user]: whispers[user] as string } } : {}),
  });
export const secretArena = secretOf(serverVersion);
/** The same, as clients and servers of other releases have it. */
export const oldSecretArena = secretOf(serverVersion - 1);
/** An upgrade changes nothing that anyone sees, so whatever is another state after it is wrong. */
const migrate = (_: number, { context }: OldState) => ({ context: context as Arena });
export const newSecretArena = secretOf(serverVersion + 1, migrate);
export const oldArena = defineRoom({ ...shared, type: "arena", role, version: serverVersion - 1 });
export const newArena = defineRoom({ ...shared, type: "arena", role, version: serverVersion + 1, migrate });
/** Somebody changed the machine and forgot to raise its version: now and then, this client computes something else. */
export const driftedArena = defineRoom({
  ...shared,
  type: "arena",
  role,
  machine: arenaMachine((bangs) => bangs + (bangs % 3 === 1 ? 2 : 1)),
});
