/** An app that quotes in its errors whatever it was given: the log must not pass it on. */
import * as v from "valibot";
import { assign, fromPromise, setup } from "xstate";
import { type CommandEvent, defineConfig, defineRoom, type SystemEvent, serve } from "../../src/index.ts";

const commands = { shout: { text: v.string() }, work: { text: v.string() } };
const machine = setup({
  types: {} as { context: { heard: string }; events: CommandEvent<typeof commands> | SystemEvent },
  actors: { worker: fromPromise<void, { text: string }>(async () => undefined) },
  actions: {
    shout: assign({
      heard: ({ event }) => {
        throw new Error(`cannot bear '${"text" in event ? event.text : ""}'`);
      },
    }),
  },
}).createMachine({
  id: "loud",
  context: { heard: "" },
  initial: "idle",
  on: { shout: { actions: "shout" } },
  states: {
    idle: { on: { work: { target: "working" } } },
    working: {
      invoke: {
        id: "worker",
        src: "worker",
        input: ({ event }) => ({ text: "text" in event ? String(event.text) : "" }),
        onDone: { target: "idle" },
        onError: { target: "idle" },
      },
    },
  },
});
export const loud = defineRoom({ type: "loud", version: 1, machine, commands, reasons: {} });

export default defineConfig({
  rooms: [
    serve(loud, {
      services: {
        worker: fromPromise<void, { text: string }>(({ input }) => Promise.reject(new Error(`no '${input.text}'`))),
      },
    }),
  ],
  auth: {
    authenticate({ token = "", request }) {
      if (token.startsWith("broken")) throw new Error(`cannot check ${token} of ${request.url}`);
      return { user: `user-of-${token}`, name: token };
    },
    authorize: () => "member",
  },
});
