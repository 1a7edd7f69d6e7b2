/**
 * A room that another node decides, replayed here as it becomes durable: the applied half of a room without the deciding one.
 * From: room.ts, with what the log tells. To: the feed, by the same step that the owner took (L7).
 */
import type { AnyActorScope, EventObject } from "xstate";
import type { Entry } from "../journal/port.ts";
import { type EncodedOp, encodeOp } from "../protocol/frames.ts";
import { type DomainState, initialDomain, replay } from "./domain.ts";
import type { Loaded } from "./load.ts";
import { decodeOpRecord, type Op } from "./op.ts";
import type { Committed } from "./owner.ts";
import type { RoomOptions } from "./room-options.ts";
import { Roster } from "./roster.ts";
import { inertScope } from "./step.ts";

export interface FollowedBatch {
  readonly ops: readonly Op[];
  readonly encoded: readonly EncodedOp[];
  readonly cues: readonly EventObject[];
}

export class Followed {
  readonly #machine: RoomOptions["machine"];
  readonly #scope: AnyActorScope;
  readonly #roster: Roster;
  #domain: DomainState;
  #committed: Committed;

  constructor({ machine, limits }: RoomOptions, { input, domain, roster }: Loaded) {
    this.#machine = machine;
    this.#scope = inertScope(machine, input);
    this.#roster = new Roster(roster);
    this.#domain = domain ?? initialDomain(machine, input, this.#scope, limits.timersMax).state;
    this.#committed = { domain: this.#domain, roster: this.#roster.list() };
  }

  get committed(): Committed {
    return this.#committed;
  }

  /** The entries that follow on what was taken. Throws a `ReplayError` where this machine does not take what the owner's did. */
  take(entries: readonly Entry[]): FollowedBatch {
    const ops = entries.map(({ rev, data }) => decodeOpRecord(rev, data));
    const cues: EventObject[] = [];
    for (const op of ops) {
      this.#domain = replay(this.#machine, this.#domain, op, this.#scope, (told) => cues.push(...told));
      this.#roster.apply(op);
    }
    this.#committed = { domain: this.#domain, roster: this.#roster.list() };
    return { ops, encoded: ops.map((op) => encodeOp(op, JSON.stringify(op.event))), cues };
  }
}
