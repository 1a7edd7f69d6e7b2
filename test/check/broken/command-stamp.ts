import * as v from "valibot";
import { brokenRoom, goAndBack } from "../broken-room.ts";

export const room = brokenRoom({ machine: goAndBack, commands: { go: { at: v.number() }, back: {} } });
