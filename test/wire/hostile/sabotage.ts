/** A room type that does to its server what no client may ever bring about: the canaries use it to see that each checker notices. */
import * as v from "valibot";
import { assign, setup } from "xstate";
import type { CommandEvent, SystemEvent } from "../../../src/room/commands.ts";
import { defineRoom } from "../../../src/room/define-room.ts";

const commands = { hoard: { mebibytes: v.number() }, stall: { ms: v.number() }, exit: {} };
const hoarded: Uint8Array[] = [];

const machine = setup({
  types: {} as { context: { done: number }; events: CommandEvent<typeof commands> | SystemEvent },
  actions: {
    hoard: assign(({ context, event }) => {
      if (event.type === "hoard") hoarded.push(new Uint8Array(event.mebibytes * 1024 * 1024).fill(1));
      return { done: context.done + 1 };
    }),
    stall: assign(({ context, event }) => {
      if (event.type === "stall") Bun.sleepSync(event.ms);
      return { done: context.done + 1 };
    }),
    exit: () => process.exit(3),
  },
}).createMachine({
  id: "sabotage",
  context: { done: 0 },
  on: { hoard: { actions: "hoard" }, stall: { actions: "stall" }, exit: { actions: "exit" } },
});

export const sabotage = defineRoom({ type: "sabotage", version: 1, machine, commands, reasons: {} });
