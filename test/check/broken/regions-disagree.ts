import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: {
    type: "parallel",
    states: {
      light: { initial: "off", states: { off: { on: { go: { guard: "isHost", target: "on" } } }, on: { on: { back: "off" } } } },
      count: { initial: "none", states: { none: { on: { go: "some" } }, some: { on: { back: "none" } } } },
    },
  },
  parts: { guards: { isHost: ({ event }: { event: { by: { role: string } } }) => event.by.role === "host" } },
  reasons: { isHost: "Hosts only." },
});
