/**
 * The room type that is simulated: people in each other's way, a timer, a service, cues, secrets, an action that throws. Each command carries a tag,
 * so that its one op can be found again. `secret` has a view: who is no host sees that somebody whispered, not what.
 */
import * as v from "valibot";
import { assign, emit, fromPromise, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { mask, type Secret } from "../../src/room/secret.ts";

const tag = v.string();
const commands = {
  add: { tag, n: v.number() },
  set: { tag, field: v.picklist(["a", "b"]), value: v.number() },
  take: { tag },
  drop: { tag },
  item: { tag },
  light: { tag },
  work: { tag },
  shout: { tag },
  whisper: { tag, text: v.string() },
  fail: { tag },
};
export type ArenaCommand = { [Name in keyof typeof commands]: { readonly type: Name } }[keyof typeof commands] & {
  readonly tag: string;
  readonly n?: number;
  readonly field?: "a" | "b";
  readonly value?: number;
  readonly text?: string;
};

const totalMax = 60;
export const fuseMs = 3_000;

interface Arena {
  readonly people: Readonly<Record<string, number>>;
  readonly total: number;
  readonly fields: Readonly<Record<string, number>>;
  readonly holder: string | null;
  readonly items: readonly { readonly id: string; readonly tag: string }[];
  readonly bangs: number;
  readonly done: number;
  readonly failed: number;
  readonly whispers: Readonly<Record<string, Secret<string>>>;
}
type JobEvent = { at: number; id: string; by: { user: string; role: string; client: string } } & (
  | { type: "xstate.done.actor.job"; output: number }
  | { type: "xstate.error.actor.job"; error: unknown }
);

const machine = setup({
  types: {} as {
    context: Arena;
    events: CommandEvent<typeof commands> | SystemEvent | JobEvent;
    emitted: { type: "shouted"; tag: string };
  },
  actors: { job: fromPromise<number>(() => Promise.reject(new Error("not here"))) },
  guards: {
    fits: ({ context, event }) => event.type === "add" && context.total + event.n <= totalMax,
    isHolder: ({ context, event }) => context.holder === event.by.user,
    notHost: ({ event }) => event.by.role !== "host",
  },
  actions: {
    throwUp: assign(() => {
      throw new Error("this action throws");
    }),
  },
  delays: { fuse: fuseMs },
}).createMachine({
  id: "arena",
  type: "parallel",
  context: { people: {}, total: 0, fields: {}, holder: null, items: [], bangs: 0, done: 0, failed: 0, whispers: {} },
  on: {
    "participant.joined": {
      actions: assign({ people: ({ context: { people }, event }) => ({ ...people, [event.user]: (people[event.user] ?? 0) + 1 }) }),
    },
    "participant.left": {
      actions: assign({
        people: ({ context: { people }, event: { user } }) => {
          const { [user]: sessions = 1, ...others } = people;
          return sessions > 1 ? { ...others, [user]: sessions - 1 } : others;
        },
      }),
    },
    add: { guard: "fits", actions: assign({ total: ({ context, event }) => context.total + event.n }) },
    set: { actions: assign({ fields: ({ context, event }) => ({ ...context.fields, [event.field]: event.value }) }) },
    shout: { actions: emit(({ event }) => ({ type: "shouted", tag: event.tag })) },
    whisper: {
      guard: "notHost",
      actions: assign({ whispers: ({ context, event }) => ({ ...context.whispers, [event.by.user]: event.text }) }),
    },
    fail: { actions: "throwUp" },
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
        lit: { after: { fuse: { target: "out", actions: assign({ bangs: ({ context }) => context.bangs + 1 }) } } },
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
            onDone: { target: "idle", actions: assign({ done: ({ context }) => context.done + 1 }) },
            onError: { target: "idle", actions: assign({ failed: ({ context }) => context.failed + 1 }) },
          },
        },
      },
    },
  },
});

const shared = {
  version: 1,
  machine,
  commands,
  presence: { x: v.number() },
  reasons: { fits: `Not more than ${totalMax}.`, isHolder: "You do not hold it.", notHost: "Hosts do not whisper." },
} as const;

export const arena = defineRoom({ ...shared, type: "arena" });
export const secretArena = defineRoom({
  ...shared,
  type: "secret",
  audience: ({ role }) => (role === "host" ? "host" : "table"),
  view: ({ context }, audience) => (audience === "host" ? context : { ...context, whispers: mask(context.whispers) }),
});
/** The same, as a client has it that was not loaded anew since the last release. */
export const oldArena = defineRoom({ ...shared, type: "arena", version: 2 });
