import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

interface Context {
  readonly list: string[];
}
const add = ({ context }: { readonly context: Context }) => {
  context.list.push("one more");
  return { list: context.list };
};

export const room = brokenRoom({
  machine: { ...goAndBack, context: { list: [] }, on: { note: { actions: assign(add as never) } } },
  commands: { ...goAndBackCommands, note: {} },
});
