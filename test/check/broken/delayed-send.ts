import { sendTo } from "xstate";
import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: { ...goAndBack, entry: sendTo("other", { type: "tick" }, { delay: 10 }) } });
