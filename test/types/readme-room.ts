/** The room type that README.md shows, word for word. */

import * as v from "valibot";
import { assign, setup } from "xstate";
import { type CommandEvent, defineRoom, type SystemEvent } from "../../src/index.ts";

const commands = { add: { n: v.pipe(v.number(), v.safeInteger()) } };
const machine = setup({
  types: {} as { context: { total: number }; events: CommandEvent<typeof commands> | SystemEvent },
  guards: { isPositive: ({ event }) => event.type === "add" && event.n > 0 },
}).createMachine({
  id: "counter",
  context: { total: 0 },
  on: { add: { guard: "isPositive", actions: assign({ total: ({ context, event }) => context.total + event.n }) } },
});
export const counter = defineRoom({ type: "counter", version: 1, machine, commands, reasons: { isPositive: "Only up, please." } });
