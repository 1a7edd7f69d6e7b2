/** Checked by `tsc` alone: `update` changes the app's data as it is declared, and nothing else; the meeting's part is out of reach. */
import { assign } from "xstate";
import type { Meeting } from "../../machines/meeting.ts";
import { extendMeeting } from "../../src/meeting/extend.ts";
import { update } from "../../src/meeting/update.ts";
import { kit } from "../meeting/estimates.ts";

// `update` changes the app's data, with the fields that it has.
kit.createMachine({
  // @ts-expect-error a payload that this event does not have
  on: { show: { actions: update(({ event }) => ({ task: event.task })) } },
});
kit.createMachine({
  // @ts-expect-error the task is text
  on: { show: { actions: update(() => ({ task: 1 })) } },
});
kit.createMachine({
  // @ts-expect-error the app's data has no 'tsk'
  on: { show: { actions: update(() => ({ tsk: "a" })) } },
});
kit.createMachine({
  // @ts-expect-error the app's data has no 'tsk', beside a key that it has
  on: { show: { actions: update(() => ({ task: "a", tsk: "a" })) } },
});
kit.createMachine({
  // @ts-expect-error the app's data has no 'tsk', in one of two cases
  on: { show: { actions: update(({ app }) => (app.task === "" ? { task: "a" } : { task: "a", tsk: "b" })) } },
});
kit.createMachine({
  // @ts-expect-error the meeting is not the app's data
  on: { show: { actions: update(({ context }) => ({ meeting: context.meeting })) } },
});

interface Light {
  readonly color: "red" | "green";
  readonly list: number[];
  readonly pair: readonly [number, string];
  readonly note?: string;
  readonly next: Light | null;
}
const off: Light = { color: "red", list: [], pair: [1, "a"], next: null };
const lamp = extendMeeting({ commands: { turn: {} }, app: () => off });
lamp.createMachine({
  on: {
    turn: {
      actions: [
        update(() => ({ color: "green" })),
        update(({ app }) => ({ color: app.color === "red" ? "green" : "red", list: [1], pair: [2, "b"], next: { ...app, color: "red" } })),
        update(({ app }) => (app.note === undefined ? { note: "a", color: "red" } : { list: [...app.list, 1] })),
        update(({ app }) => {
          if (app.note === undefined) return {};
          return { note: `${app.note}!` };
        }),
        update(() => off),
      ],
    },
  },
});
lamp.createMachine({
  // @ts-expect-error there is no such color
  on: { turn: { actions: update(() => ({ color: "blue" })) } },
});
lamp.createMachine({
  // @ts-expect-error `undefined` is not plain JSON
  on: { turn: { actions: update(() => ({ note: undefined })) } },
});
lamp.createMachine({
  // @ts-expect-error nested too
  on: { turn: { actions: update(({ app }) => ({ next: { ...app, color: "blue" } })) } },
});

// The meeting's part of the context can be passed on, and not be made.
kit.createMachine({
  on: { show: { actions: assign({ meeting: ({ context }) => context.meeting, app: ({ context }) => ({ ...context.app, task: "a" }) }) } },
});
kit.createMachine({
  // @ts-expect-error a spread of the meeting is not the meeting
  on: { show: { actions: assign({ meeting: ({ context }) => ({ ...context.meeting, locked: true }) }) } },
});
kit.createMachine({
  // @ts-expect-error a literal is not the meeting
  on: { show: { actions: assign({ meeting: {} as Meeting }) } },
});
