import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: { ...goAndBack, on: { go: { guard: "isHots", target: ".there" } } } });
