/**
 * The room type of the cluster's tests: every op shows in the state, in its place, so a lost one, a second one or another order gives another state.
 * Some commands are refused, depending on what others did before; a timer fires as an op of its own.
 */
import * as v from "valibot";
import { assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../../src/room/commands.ts";
import { type CommandOf, defineRoom } from "../../../src/room/define-room.ts";

const slots = 8;
const fuseMs = 700;
/** Unique in a run: by it a command is found again in the log. */
const mark = v.pipe(v.string(), v.minLength(1));
const slot = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(slots - 1));
const commands = { put: { mark }, take: { mark, slot }, give: { mark, slot }, fuse: { mark } };

interface Context {
  readonly puts: number;
  /** Over all marks, in their order. */
  readonly sum: number;
  /** Who has which. */
  readonly taken: readonly (string | null)[];
  readonly bangs: number;
  readonly people: readonly string[];
}

const machine = setup({
  types: {} as { context: Context; events: CommandEvent<typeof commands> | SystemEvent },
  actions: {
    put: assign(({ context, event }) => ("mark" in event ? { puts: context.puts + 1, sum: summed(context.sum, event.mark) } : {})),
    take: assign({
      taken: ({ context, event }) => (event.type === "take" ? context.taken.with(event.slot, event.by.client) : context.taken),
    }),
    give: assign({ taken: ({ context, event }) => (event.type === "give" ? context.taken.with(event.slot, null) : context.taken) }),
    bang: assign({ bangs: ({ context }) => context.bangs + 1 }),
    enter: assign({
      people: ({ context, event }) => (event.type === "participant.joined" ? [...context.people, event.user] : context.people),
    }),
    leave: assign({
      people: ({ context, event }) =>
        event.type === "participant.left" ? context.people.filter((user) => user !== event.user) : context.people,
    }),
  },
  guards: {
    isFree: ({ context, event }) => event.type === "take" && context.taken[event.slot] === null,
    isOwn: ({ context, event }) => event.type === "give" && context.taken[event.slot] === event.by.client,
  },
  delays: { fuse: fuseMs },
}).createMachine({
  id: "ledger",
  context: { puts: 0, sum: 0, taken: Array.from({ length: slots }, () => null), bangs: 0, people: [] },
  on: {
    "participant.joined": { actions: "enter" },
    "participant.left": { actions: "leave" },
    put: { actions: "put" },
    take: { guard: "isFree", actions: ["put", "take"] },
    give: { guard: "isOwn", actions: ["put", "give"] },
  },
  initial: "dark",
  states: {
    dark: { on: { fuse: { target: "lit", actions: "put" } } },
    lit: { after: { fuse: { target: "dark", actions: "bang" } } },
  },
});

export const ledger = defineRoom({
  type: "ledger",
  version: 1,
  machine,
  commands,
  reasons: { isFree: "It is taken.", isOwn: "It is not yours." },
});

const summed = (sum: number, text: string): number =>
  [...text].reduce((hash, char) => (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0, sum);

/** `fuses`: also such as make the room set a timer. */
export function someCommand(next: () => number, mark: string, fuses: boolean): CommandOf<typeof ledger> {
  const dice = next();
  const slot = Math.floor(next() * slots);
  if (dice < 0.5) return { type: "put", mark };
  if (dice < 0.75) return { type: "take", mark, slot };
  return dice < 0.97 || !fuses ? { type: "give", mark, slot } : { type: "fuse", mark };
}
