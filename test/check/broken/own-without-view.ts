import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: goAndBack, more: { own: () => ({}) } });
