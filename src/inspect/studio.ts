/** A machine as the text of a module, to be pasted into Stately Studio. From: `bun run machines print`. As bare as its definition is. */
import type { AnyStateMachine } from "xstate";
import { definitionOf } from "./definition.ts";
import { moduleText } from "./module-text.ts";

export const studioText = (machine: AnyStateMachine): string => moduleText(definitionOf(machine));
