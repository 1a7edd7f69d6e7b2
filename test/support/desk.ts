/** A room type in two versions: the second keeps its notes in another form, ticks them off, and has no `erase` any more. Its states stay the same. */
import * as v from "valibot";
import { assign, createMachine, emit, fromPromise, setup } from "xstate";
import type { By, CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom, type NewState, type OldState } from "../../src/room/define-room.ts";

const base = { ring: {}, hush: {}, open: {}, turn: {}, shut: {}, work: {}, wave: {} };
const commands = { ...base, note: { text: v.string() }, erase: {} };
const commands2 = { ...base, note: { text: v.string() }, tick: { text: v.string() } };
const notesMax = 1_000;
export const ringMs = 60_000;

interface Desk {
  readonly notes: readonly string[];
  readonly people: readonly string[];
  readonly rings: number;
  readonly done: number;
}
export interface Desk2 extends Omit<Desk, "notes"> {
  readonly notes: readonly { readonly text: string; readonly isDone: boolean }[];
}
type Job = { readonly type: "xstate.done.actor.job"; readonly output: number; readonly at: number; readonly id: string; readonly by: By };

const actors = { job: fromPromise<number, { at: number }>(() => Promise.reject(new Error("not here"))) };
const delays = { ringTime: ringMs };
const states = {
  bell: {
    initial: "quiet",
    states: {
      quiet: { on: { ring: { target: "ringing" } } },
      ringing: {
        on: { hush: { target: "quiet" } },
        after: { ringTime: { target: "quiet", actions: { type: "rang" } } },
      },
    },
  },
  drawer: {
    initial: "closed",
    states: {
      closed: { on: { open: { target: "opened.before" } } },
      opened: {
        initial: "top",
        on: { shut: { target: "closed" } },
        states: { top: { on: { turn: { target: "bottom" } } }, bottom: { on: { turn: { target: "top" } } }, before: { type: "history" } },
      },
    },
  },
  work: {
    initial: "idle",
    states: {
      idle: { on: { work: { target: "busy" } } },
      busy: {
        invoke: {
          src: "job",
          id: "job",
          input: ({ event }: { event: { at: number } }) => ({ at: event.at }),
          onDone: { target: "idle", actions: { type: "finish" } },
          onError: { target: "idle" },
        },
      },
    },
  },
} as const;

const machine = setup({
  types: {} as { context: Desk; events: CommandEvent<typeof commands> | SystemEvent | Job; emitted: { type: "waved" } },
  actors,
  delays,
  guards: { hasPlace: ({ context }) => context.notes.length < notesMax },
  actions: {
    rang: assign({ rings: ({ context }) => context.rings + 1 }),
    finish: assign({ done: ({ context }) => context.done + 1 }),
  },
}).createMachine({
  id: "desk",
  type: "parallel",
  context: { notes: [], people: [], rings: 0, done: 0 },
  on: {
    "participant.joined": { actions: assign({ people: ({ context, event }) => [...context.people, event.user] }) },
    "participant.left": { actions: assign({ people: ({ context, event }) => context.people.filter((user) => user !== event.user) }) },
    note: { guard: "hasPlace", actions: assign({ notes: ({ context, event }) => [...context.notes, event.text] }) },
    erase: { actions: assign({ notes: [] }) },
    wave: { actions: emit({ type: "waved" }) },
  },
  states,
});

const machine2 = setup({
  types: {} as { context: Desk2; events: CommandEvent<typeof commands2> | SystemEvent | Job; emitted: { type: "waved" } },
  actors,
  delays,
  guards: {
    hasPlace: ({ context }) => context.notes.length < notesMax,
    isThere: ({ context, event }) => event.type === "tick" && context.notes.some(({ text }) => text === event.text),
  },
  actions: {
    rang: assign({ rings: ({ context }) => context.rings + 1 }),
    finish: assign({ done: ({ context }) => context.done + 1 }),
  },
}).createMachine({
  id: "desk",
  type: "parallel",
  context: { notes: [], people: [], rings: 0, done: 0 },
  on: {
    "participant.joined": { actions: assign({ people: ({ context, event }) => [...context.people, event.user] }) },
    "participant.left": { actions: assign({ people: ({ context, event }) => context.people.filter((user) => user !== event.user) }) },
    note: {
      guard: "hasPlace",
      actions: assign({ notes: ({ context, event }) => [...context.notes, { text: event.text, isDone: false }] }),
    },
    tick: {
      guard: "isThere",
      actions: assign({
        notes: ({ context, event }) => context.notes.map((note) => (note.text === event.text ? { ...note, isDone: true } : note)),
      }),
    },
    wave: { actions: emit({ type: "waved" }) },
  },
  states,
});

export const desk = defineRoom({ type: "desk", version: 1, machine, commands, reasons: { hasPlace: "The desk is full." } });
export const desk2 = defineRoom({
  type: "desk",
  version: 2,
  machine: machine2,
  commands: commands2,
  reasons: { hasPlace: "The desk is full.", isThere: "There is no such note." },
  invariants: { "a note has a text": ({ notes }) => notes.every(({ text }) => text !== "") },
  migrate: (_from, { context }) => {
    const old = context as Desk;
    return { context: { ...old, notes: old.notes.map((text) => ({ text, isDone: false })) } };
  },
});

/** Version 2 with other states, or another migration; neither need fit. */
export function deskWith({
  migrate,
  ...config
}: {
  readonly states?: object;
  readonly on?: object;
  readonly migrate?: (from: number, state: OldState) => Partial<Record<keyof NewState<typeof machine2>, unknown>>;
}): typeof desk2 {
  const changed = createMachine({
    ...machine2.config,
    on: { ...machine2.config.on, ...config.on },
    states: { ...states, ...config.states },
  } as never).provide(machine2.implementations as never);
  return defineRoom({ ...desk2, machine: changed, ...(migrate === undefined ? {} : { migrate }) } as never) as unknown as typeof desk2;
}

/** Another room type, whose version 2 has a state beside the others: a client of version 1 can do nothing with it. */
export const hall = defineRoom({ ...desk, type: "hall" } as never) as unknown as typeof desk;
export const hall2 = defineRoom({
  ...deskWith({
    states: { lamp: { initial: "off", states: { off: {} } } },
    migrate: (from, state) => ({ ...desk2.migrate?.(from, state), value: { ...(state.value as object), lamp: "off" } }),
  }),
  type: "hall",
} as never) as unknown as typeof desk2;
