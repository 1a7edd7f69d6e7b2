/**
 * Undo and redo. Nothing is rolled back: the room type says by which command a command is taken back (`undo` in defineRoom), and that one is
 * sent, journaled and refused as any other. From: the app. To: client-room.ts.
 */
import type { AnyMachineSnapshot } from "xstate";
import { parseCommand } from "../room/commands.ts";
import type { AnyRoomType, CommandOf } from "../room/define-room.ts";
import { stampEvent } from "../room/domain.ts";
import { HiddenError } from "../room/secret.ts";
import type { Verdict } from "../room/verdict.ts";
import type { Room, Sent } from "./create-room.ts";

/** The verdict on what would be sent, or that there is nothing to send. */
export type UndoVerdict<R extends AnyRoomType> =
  | Verdict<R>
  | { readonly verdict: "refused"; readonly code: "empty"; readonly reason: string };

export interface Undo<R extends AnyRoomType> {
  /**
   * As `room.send`. If the room type has a rule for taking it back, it is the next to be undone, and nothing is left to be redone;
   * if not, the stacks stay as they are. A command that the room refuses leaves the stack by itself.
   */
  readonly send: (command: CommandOf<R>) => Sent<R>;
  /**
   * Sends what takes the last command back, also where that will be refused: then it is dropped, and the one before it is next. The room
   * tells why by `refused`, as ever. If a reason will pass (a board is locked, say), ask `canUndo` first and keep the command.
   * Returns nothing if nothing was sent: the stack is empty, or this client has never been in the room yet.
   */
  readonly undo: () => Sent<R> | undefined;
  readonly redo: () => Sent<R> | undefined;
  /** Keeps its reference until it changes. */
  readonly canUndo: UndoVerdict<R>;
  readonly canRedo: UndoVerdict<R>;
  /** After any change of the above, and of the room. Returns how to unsubscribe. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** Of each stack; beyond it the oldest is forgotten. */
const stepsMax = 100;

/**
 * What one person did in one page, the last 100 commands of it: others' commands are theirs to undo, and a reload begins anew.
 * Make one beside the room, and send by it what shall be undoable. Something done in several commands is undone in as many steps.
 */
export function createUndo<R extends AnyRoomType>(room: Room<R>): Undo<R> {
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of [...listeners]) listener();
  };
  const done = new Stack<R>(room, "There is nothing to undo.");
  const undone = new Stack<R>(room, "There is nothing to redo.");

  const give = (command: CommandOf<R>, onto: Stack<R>): { readonly sent: Sent<R>; readonly isKept: boolean } => {
    const before = room.state;
    const at = room.now();
    const sent = room.send(command);
    const step = new Step<R>(room, before, command, at, sent);
    const isKept = sent.seq > 0 && step.back !== undefined;
    if (isKept) {
      onto.push(step);
      void sent.settled.then(({ ok }) => {
        if (!ok || step.settle() === undefined) for (const stack of [done, undone]) stack.drop(step);
        changed();
      });
    }
    return { sent, isKept };
  };
  const take = (from: Stack<R>, to: Stack<R>): Sent<R> | undefined => {
    const back = from.top?.back;
    if (back === undefined || back === "unknown") return undefined;
    from.pop();
    const { sent } = give(back, to);
    changed();
    return sent;
  };
  return {
    send(command) {
      const { sent, isKept } = give(command, done);
      if (isKept) {
        undone.clear();
        changed();
      }
      return sent;
    },
    undo: () => take(done, undone),
    redo: () => take(undone, done),
    get canUndo() {
      return done.verdict;
    },
    get canRedo() {
      return undone.verdict;
    },
    subscribe(listener) {
      const own = () => listener(); // the same one given twice is two
      listeners.add(own);
      const stop = room.subscribe(own);
      return () => {
        listeners.delete(own);
        stop();
      };
    },
  };
}

class Stack<R extends AnyRoomType> {
  readonly #room: Room<R>;
  readonly #empty: UndoVerdict<R>;
  #steps: Step<R>[] = [];
  #verdict: { readonly text: string; readonly value: UndoVerdict<R> } | undefined;

  constructor(room: Room<R>, reason: string) {
    this.#room = room;
    this.#empty = { verdict: "refused", code: "empty", reason };
  }

  get top(): Step<R> | undefined {
    return this.#steps.at(-1);
  }

  get verdict(): UndoVerdict<R> {
    const back = this.top?.back;
    const value: UndoVerdict<R> = back === undefined ? this.#empty : back === "unknown" ? { verdict: "unknown" } : this.#room.explain(back);
    const text = JSON.stringify(value);
    if (this.#verdict?.text !== text) this.#verdict = { text, value };
    return this.#verdict.value;
  }

  push(step: Step<R>): void {
    this.#steps.push(step);
    if (this.#steps.length > stepsMax) this.#steps.shift();
  }

  pop(): void {
    this.#steps.pop();
  }

  drop(step: Step<R>): void {
    this.#steps = this.#steps.filter((other) => other !== step);
  }

  clear(): void {
    this.#steps = [];
  }
}

/** A command that was given, and how it is taken back. */
class Step<R extends AnyRoomType> {
  readonly #sent: Sent<R>;
  #find: () => CommandOf<R> | "unknown" | undefined;

  constructor(room: Room<R>, before: AnyMachineSnapshot, command: CommandOf<R>, at: number, sent: Sent<R>) {
    this.#sent = sent;
    this.#find = () => inverse(room, before.context, command, at, this.#sent.seq);
  }

  /**
   * `unknown`: whose command it is has not been told yet. Worked out anew until it has its fate: until then its number may change,
   * and with it the id of what it made.
   */
  get back(): CommandOf<R> | "unknown" | undefined {
    return this.#find();
  }

  /** It took effect: what takes it back stays as it is, and the state before it may go. */
  settle(): CommandOf<R> | "unknown" | undefined {
    const { back } = this;
    this.#find = () => back;
    return back;
  }
}

function inverse<R extends AnyRoomType>(
  room: Room<R>,
  context: unknown,
  command: CommandOf<R>,
  at: number,
  seq: number,
): CommandOf<R> | "unknown" | undefined {
  const { undo, commands } = room.definition;
  const rule = Object.hasOwn(undo, command.type) ? undo[command.type] : undefined;
  const parsed = parseCommand(commands, command);
  if (rule === undefined || !parsed.ok) return undefined;
  const { me } = room;
  if (me === undefined) return "unknown";
  const { user, role, client, who } = me;
  const event = stampEvent({ rev: room.rev + 1, at, who, by: { user, role, client }, seq, event: parsed.event });
  try {
    return rule({ context, event }) as CommandOf<R> | undefined;
  } catch (error) {
    // What cannot be seen here cannot be put back from here.
    if (error instanceof HiddenError) return undefined;
    throw error;
  }
}
