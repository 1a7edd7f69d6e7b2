import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: {
    initial: "here",
    states: { here: { always: { guard: "isGo", target: "there" }, on: { stay: { actions: "note" } } }, there: { on: { back: "here" } } },
  },
  parts: { guards: { isGo: ({ event }: { event: { type: string } }) => event.type === "stay" }, actions: { note: () => undefined } },
  commands: { stay: {}, back: {} },
  reasons: { isGo: "Not now." },
});
