/** A room type whose commands can be taken back: things on a shelf, a bin for what was taken off it, a lock that makes undoing impossible. */
import * as v from "valibot";
import { assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";

const Ids = v.array(v.string());
const commands = {
  put: { text: v.optional(v.string(), "thing") },
  edit: { thing: v.string(), text: v.string() },
  take: { ids: Ids },
  bring: { ids: Ids },
  lock: { locked: v.boolean() },
};

interface Shelf {
  readonly things: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly locked: boolean;
}

const move = (from: Shelf["things"], to: Shelf["things"], ids: readonly string[]) => {
  const [gone, left] = [true, false].map((want) => Object.entries(from).filter(([id]) => ids.includes(id) === want));
  return [Object.fromEntries(left ?? []), { ...to, ...Object.fromEntries(gone ?? []) }] as const;
};

const machine = setup({
  types: {} as { context: Shelf; events: CommandEvent<typeof commands> | SystemEvent },
  guards: {
    isUnlocked: ({ context }) => !context.locked,
    isThere: ({ context, event }) =>
      event.type === "edit" ? event.thing in context.things : event.type === "take" && event.ids.some((id) => id in context.things),
    isInBin: ({ context, event }) => event.type === "bring" && event.ids.some((id) => id in context.bin),
  },
}).createMachine({
  id: "shelf",
  context: { things: {}, bin: {}, locked: false },
  on: {
    put: { guard: "isUnlocked", actions: assign({ things: ({ context, event }) => ({ ...context.things, [event.id]: event.text }) }) },
    edit: { guard: "isThere", actions: assign({ things: ({ context, event }) => ({ ...context.things, [event.thing]: event.text }) }) },
    take: {
      guard: "isThere",
      actions: assign(({ context, event }) => {
        const [things, bin] = move(context.things, context.bin, event.ids);
        return { things, bin };
      }),
    },
    bring: {
      guard: "isInBin",
      actions: assign(({ context, event }) => {
        const [bin, things] = move(context.bin, context.things, event.ids);
        return { things, bin };
      }),
    },
    lock: { actions: assign({ locked: ({ event }) => event.locked }) },
  },
});

export const shelf = defineRoom({
  type: "shelf",
  version: 1,
  machine,
  commands,
  reasons: { isUnlocked: "The shelf is locked.", isThere: "It is not there any more.", isInBin: "The bin was emptied." },
  undo: {
    put: ({ event }) => ({ type: "take", ids: [event.id] }),
    edit: ({ context, event }) => {
      const text = context.things[event.thing];
      return text === undefined ? undefined : { type: "edit", thing: event.thing, text };
    },
    take: ({ context, event }) => ({ type: "bring", ids: event.ids.filter((id) => id in context.things) }),
    bring: ({ context, event }) => ({ type: "take", ids: event.ids.filter((id) => id in context.bin) }),
  },
});
