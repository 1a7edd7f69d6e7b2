/** Room types that are wrong in one way, without the compiler's help, as JavaScript would define them. */
import { type AnyStateMachine, createMachine } from "xstate";
import type { Commands } from "../../src/room/commands.ts";
import { type AnyRoomType, defineRoom } from "../../src/room/define-room.ts";

export interface Parts {
  readonly machine: object;
  /** As `provide` takes them. */
  readonly parts?: object;
  readonly commands?: Commands;
  readonly reasons?: Readonly<Record<string, string>>;
  /** More of the definition. */
  readonly more?: object;
}

/** Two states, and a command from each to the other: nothing is wrong with these. */
export const goAndBack = { initial: "here", states: { here: { on: { go: "there" } }, there: { on: { back: "here" } } } };
export const goAndBackCommands = { go: {}, back: {} };

export function brokenRoom({ machine, parts = {}, commands = goAndBackCommands, reasons = {}, more = {} }: Parts): AnyRoomType {
  const provided = createMachine({ id: "broken", ...machine } as object).provide(parts) as AnyStateMachine;
  return defineRoom({ type: "broken", version: 1, machine: provided, commands, reasons, ...more } as never);
}
