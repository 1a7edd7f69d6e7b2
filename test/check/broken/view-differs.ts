import { brokenRoom, goAndBack } from "../broken-room.ts";

let asked = 0;
const view = () => {
  asked++;
  return { asked };
};

export const room = brokenRoom({ machine: goAndBack, more: { view } });
