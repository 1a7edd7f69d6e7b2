import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: { ...goAndBack, on: { stay: { guard: "isFine" } } }, parts: { guards: { isFine: () => true } } });
