import { brokenRoom } from "../broken-room.ts";

export const room = brokenRoom({
  machine: {
    type: "parallel",
    states: {
      light: { initial: "off", states: { off: { on: { go: "on" } }, on: { on: { back: "off" } } } },
      door: {
        initial: "shut",
        states: { shut: { on: { open: ["open"] } }, open: { on: { shut: ["shut"], slam: ["#broken.light.off"] } } },
      },
    },
  },
  commands: { go: {}, back: {}, open: {}, shut: {}, slam: {} },
});
