import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: { ...goAndBack, states: { ...goAndBack.states, nowhere: { on: { back: "here" } } } } });
