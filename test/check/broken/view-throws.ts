import { brokenRoom, goAndBack } from "../broken-room.ts";

const view = ({ value }: { readonly value: string }) => {
  if (value === "there") throw new Error("no view of there");
  return {};
};

export const room = brokenRoom({ machine: goAndBack, more: { view } });
