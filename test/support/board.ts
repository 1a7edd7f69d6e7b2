/** A room type where people get into each other's way: fields that anyone sets, a total with a limit, a seat that one holds, items that only its holder adds. */
import * as v from "valibot";
import { and, assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";

const commands = {
  set: { field: v.picklist(["a", "b"]), value: v.number() },
  add: { n: v.number() },
  take: {},
  drop: {},
  item: { text: v.string() },
};
const totalMax = 20;

interface Board {
  readonly fields: Readonly<Record<string, { readonly value: number; readonly by: string }>>;
  readonly total: number;
  readonly holder: string | null;
  readonly items: readonly { readonly id: string; readonly text: string }[];
}

const machine = setup({
  types: {} as { context: Board; events: CommandEvent<typeof commands> | SystemEvent; emitted: { type: "taken"; by: string } },
  guards: {
    fits: ({ context, event }) => event.type === "add" && context.total + event.n <= totalMax,
    isFree: ({ context }) => context.holder === null,
    isHolder: ({ context, event }) => context.holder === event.by.user,
  },
}).createMachine({
  id: "board",
  context: { fields: {}, total: 0, holder: null, items: [] },
  initial: "free",
  on: {
    set: {
      actions: assign({
        fields: ({ context, event }) => ({ ...context.fields, [event.field]: { value: event.value, by: event.by.user } }),
      }),
    },
    add: { guard: "fits", actions: assign({ total: ({ context, event }) => context.total + event.n }) },
  },
  states: {
    free: { on: { take: { guard: "isFree", target: "held", actions: assign({ holder: ({ event }) => event.by.user }) } } },
    held: {
      on: {
        drop: { guard: "isHolder", target: "free", actions: assign({ holder: null }) },
        item: {
          guard: and(["isHolder"]),
          actions: assign({ items: ({ context, event }) => [...context.items, { id: event.id, text: event.text }] }),
        },
      },
    },
  },
});

export const board = defineRoom({
  type: "board",
  version: 1,
  machine,
  commands,
  presence: { x: v.number(), typing: v.optional(v.boolean()) },
  reasons: { fits: `Not more than ${totalMax}.`, isFree: "Somebody holds it.", isHolder: "You do not hold it." },
  undo: { take: () => ({ type: "drop" }), drop: () => ({ type: "take" }) },
});
