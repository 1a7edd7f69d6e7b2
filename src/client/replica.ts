/**
 * The confirmed state: what the server has told, and nothing else. Snapshots replace it, deltas move it on by the room type's own machine.
 * From: sync.ts, frame by frame. To: prediction.ts, which lays what is pending over it.
 */
import type { AnyActorScope, AnyMachineSnapshot, EventObject } from "xstate";
import { checksum } from "../protocol/checksum.ts";
import type { RosterEntry } from "../protocol/frames.ts";
import { share } from "../protocol/share.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { historyIds, stampEvent } from "../room/domain.ts";
import { systemBy } from "../room/op.ts";
import { advance, inertScope } from "../room/step.ts";
import { overlaid } from "./overlay.ts";
import { applyPatches } from "./patch.ts";
import type { DeltaFrame, SnapshotFrame, StateDocument } from "./wire.ts";

/** An op as it is applied here. */
export interface SeenOp {
  readonly rev: number;
  /** ms since the Unix epoch, by the server's clock. */
  readonly at: number;
  readonly by: { readonly user: string; readonly name: string; readonly role: string; readonly client: string };
  readonly event: EventObject;
  /** The sender's number for it; 0 if it was no command. */
  readonly seq: number;
}

/** `gap`: something was missed. `wrong`: this state is not the server's, or cannot follow it. Both need a snapshot. */
export type Followed = "applied" | "old" | "gap" | "wrong";

export class Replica {
  readonly scope: AnyActorScope;
  readonly #def: AnyRoomType;
  readonly #onTrouble: (error: unknown) => void;
  epoch: string | undefined;
  /** -1: nothing was told yet, the state is the machine's first. */
  rev = -1;
  #at = 0;
  #snapshot: AnyMachineSnapshot;
  #roster: ReadonlyMap<number, RosterEntry> = new Map();
  #parts: string[] = [];
  /** What this user alone may see, laid over what is told from now on (SPEC OWN-1). */
  own: unknown;
  /** As it was told, in mode `patches`. */
  #told: StateDocument | undefined;

  constructor(def: AnyRoomType, input: { readonly id: string; readonly at: number }, onTrouble: (error: unknown) => void) {
    this.#def = def;
    this.#onTrouble = onTrouble;
    this.scope = inertScope(def.machine, input);
    this.#snapshot = def.machine.getInitialSnapshot(this.scope, input) as AnyMachineSnapshot;
  }

  get snapshot(): AnyMachineSnapshot {
    return this.#snapshot;
  }

  /** Who is in the room: `who →` entry. A new map after each change. */
  get roster(): ReadonlyMap<number, RosterEntry> {
    return this.#roster;
  }

  /** The last op's time, ms since the Unix epoch. */
  get at(): number {
    return this.#at;
  }

  /** Returns whether it is whole: a big one comes in parts. Throws what the machine throws at a state that it does not know. */
  replace(frame: SnapshotFrame): boolean {
    let state: StateDocument;
    if ("state" in frame) state = frame.state;
    else {
      if (frame.part === 1) this.#parts = [];
      if (this.#parts.push(frame.data) !== frame.parts) return false;
      state = JSON.parse(this.#parts.join("")) as StateDocument;
    }
    this.#parts = [];
    this.#adopt(state);
    this.epoch = frame.epoch;
    this.rev = frame.rev;
    return true;
  }

  /** Moves on by what was told. `onOp` is called for each op, after it was applied. */
  follow(frame: DeltaFrame, onOp: (op: SeenOp) => void): Followed {
    if (frame.from !== this.rev) return frame.to <= this.rev ? "old" : "gap";
    try {
      if (frame.patches !== undefined) {
        // One's own may have changed where nothing has that all see: a hidden vote, in the same millisecond.
        if (frame.patches[0] || this.own) this.#adopt(applyPatches(this.#document(), frame.patches) as StateDocument);
      } else {
        let { from: rev, at } = frame;
        for (const [who, seq, event, dt = 0] of frame.ops ?? []) {
          at += dt;
          onOp(this.#apply(++rev, at, who, seq, event));
        }
      }
    } catch (error) {
      this.#onTrouble(error);
      return "wrong";
    }
    this.rev = frame.to;
    return frame.sum === undefined || frame.sum === this.sum() ? "applied" : "wrong";
  }

  /** SPEC DELTA-8: of the state as the server would write it. */
  sum(): number {
    return checksum(JSON.stringify(this.#document()));
  }

  #apply(rev: number, at: number, who: number, seq: number, event: EventObject): SeenOp {
    this.#told = undefined;
    let roster = this.#roster;
    if (event.type === "participant.joined") {
      const { user, name, role, client } = event as EventObject & RosterEntry;
      roster = new Map(roster).set(who, { who, user, name, role, client });
    }
    const entry = roster.get(who);
    const before = this.#snapshot;
    const by =
      entry === undefined
        ? systemBy
        : { user: entry.user, role: this.#def.role?.(before.context, entry.user) ?? entry.role, client: entry.client };
    if (before.status === "active") {
      try {
        this.#snapshot = advance(this.#def.machine, before, stampEvent({ rev, at, who, by, seq, event }), this.scope);
      } catch (error) {
        // Joins, leaves and timers are ops even where the machine fails on them, there as here. A command is not.
        if (seq > 0) throw error;
        this.#onTrouble(error);
      }
    }
    this.#at = at;
    if (event.type === "participant.left") {
      const left = new Map(roster);
      left.delete(who);
      roster = left;
    }
    this.#roster = roster;
    return { rev, at, by: { ...by, name: entry?.name ?? "" }, event, seq };
  }

  #document(): StateDocument {
    if (this.#told !== undefined) return this.#told;
    const { value, context, status } = this.#snapshot;
    const roster = [...this.#roster.values()].sort((a, b) => a.who - b.who);
    return { at: this.#at, value, context, status, history: historyIds(this.#snapshot), roster };
  }

  #adopt(told: StateDocument): void {
    const { at, value, context, status, history, roster } = told;
    const snapshot = {
      value,
      context: share(this.#snapshot.context, overlaid(context, this.own)),
      status,
      historyValue: Object.fromEntries(Object.entries(history).map(([key, ids]) => [key, ids.map((id) => ({ id }))])),
      children: {},
    };
    const restored = this.#def.machine.restoreSnapshot(snapshot as never, this.scope) as AnyMachineSnapshot;
    if (restored.status === "error") throw restored.error;
    this.#snapshot = restored;
    this.#told = told;
    this.#at = at;
    this.#roster = new Map(roster.map((entry) => [entry.who, entry]));
  }
}
