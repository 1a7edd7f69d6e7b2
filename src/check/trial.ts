/**
 * Tries one op on a moment, by the step that the server takes (room/domain.ts), and watches what the room's code does meanwhile:
 * context and event are frozen, globals are trapped, what is taken is decided twice.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, AnyTransitionDefinition } from "xstate";
import { defaultLimits } from "../protocol/limits.ts";
import { isKnownType } from "../room/commands.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { type Decision, type DomainState, decide, initialDomain, isAlwaysAnOp, keep, stampEvent } from "../room/domain.ts";
import { explain } from "../room/explain.ts";
import { deepFreeze } from "../room/freeze.ts";
import { judge } from "../room/guards.ts";
import { removedBy } from "../room/load.ts";
import type { Op } from "../room/op.ts";
import { inertScope } from "../room/step.ts";
import { verdict } from "../room/verdict.ts";
import { messageOf, stackOf, textOf } from "./errors.ts";
import type { Report, Sighting } from "./found.ts";
import { Inspection } from "./inspection.ts";
import { hereAfter, type Moment, type Move, valueText } from "./moment.ts";
import type { Person } from "./people.ts";
import { reading, readingPaths } from "./reading.ts";
import { placeOf, type Sandbox } from "./sandbox.ts";

/** When an explored room was made: an arbitrary day. */
export const startAt = Date.UTC(2030, 0, 1, 12);
export const roomInput = { id: "explored", at: startAt } as const;

export type Tried = { readonly kind: "taken"; readonly moment: Moment } | { readonly kind: "ignored" } | { readonly kind: "threw" };

/** `used`: what it used that it must not; `where`: in which line, as far as can be told. */
export type Watched<T> = { readonly used: string | undefined; readonly where: string | undefined } & (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }
);

export interface Asked {
  readonly refused: boolean;
  readonly read: ReadonlySet<string>;
}

export class Trial {
  readonly room: AnyRoomType;
  readonly machine: AnyStateMachine;
  readonly #sandbox: Sandbox;
  readonly #report: Report;
  readonly #inspection: Inspection;
  #scope: AnyActorScope | undefined;

  constructor(room: AnyRoomType, sandbox: Sandbox, report: Report) {
    this.room = room;
    this.machine = room.machine;
    this.#sandbox = sandbox;
    this.#report = report;
    this.#inspection = new Inspection(room, report, (what, at, run) => this.guarded(what, at, run));
  }

  /** An empty room. Undefined if it cannot even begin. */
  begin(): Moment | undefined {
    const made = this.guarded("the initial state", undefined, () => {
      const scope = inertScope(this.machine, roomInput);
      this.#scope = scope;
      return initialDomain(this.machine, roomInput, scope, defaultLimits.timersMax).state;
    });
    if (made === undefined) return undefined;
    const moment: Moment = { state: made, here: new Map(), seqs: new Map(), depth: 0, before: undefined };
    this.#inspection.at(moment, this.#scope);
    return moment;
  }

  take(moment: Moment, move: Move): Tried {
    const { op, person } = move;
    deepFreeze(op.event);
    const decision = this.#decide(moment.state, move, moment);
    if (decision.kind === "taken") this.#decideAgain(moment, move, decision.state);
    if (decision.kind === "threw") this.#tellThrown(moment, move, decision.error);
    if (decision.kind !== "taken" && !isAlwaysAnOp(op)) return decision.kind === "threw" ? { kind: "threw" } : decision;
    const state = decision.kind === "taken" ? decision.state : keep(moment.state, op);
    const after: Moment = {
      state,
      here: hereAfter(moment, move, decision.kind === "taken" ? removedBy(decision.step.cues) : []),
      seqs: op.seq > 0 && person !== undefined ? new Map(moment.seqs).set(person.user, op.seq) : moment.seqs,
      depth: moment.depth + 1,
      before: { moment, move },
    };
    if (state.snapshot !== moment.state.snapshot) this.#inspection.at(after, this.#scope);
    return { kind: "taken", moment: after };
  }

  /** The role that counts: the domain's own word, where it has one. */
  roleOf(moment: Moment, person: Person): string {
    const context = moment.state.snapshot.context as never;
    return this.guarded("`role`", { moment }, () => this.room.role?.(context, person.user)) ?? person.role;
  }

  /** Whether the machine refuses this op, and what of the event it looked at to say so. Nothing happens. */
  ask(moment: Moment, move: Move): Asked {
    const { event, read } = reading(stampEvent(move.op));
    const known = (type: string) => isKnownType(this.room.commands, type);
    try {
      const run = () => explain(moment.state.snapshot, event, known);
      return { refused: this.#sandbox.watch(this.#tellUse({ moment, move }), run).verdict === "refused", read };
    } catch {
      // The try itself fails in the same way, and tells.
      return { refused: false, read };
    }
  }

  /** As the server admits people: a machine that takes no notice of joins lets everybody in. */
  refusesJoin(moment: Moment, move: Move): boolean {
    const handles = this.machine.events.some((type: string) => type === "participant.joined" || type === "participant.*");
    return handles && this.ask(moment, move).refused;
  }

  /** The transitions that the machine selects for an op, guards asked. */
  selected(moment: Moment, { op }: Move): readonly AnyTransitionDefinition[] {
    return this.probeWith(() => this.machine.getTransitionData(moment.state.snapshot as never, stampEvent(op))) ?? [];
  }

  /** Runs the room's code for somebody who tells of it in their own words. */
  watched<T>(run: () => T): Watched<T> {
    let used: string | undefined;
    let usedAt: string | undefined;
    const onUse = (what: string) => {
      used ??= what;
      usedAt ??= placeOf(new Error("here").stack);
    };
    try {
      const value = this.#sandbox.watch(onUse, run);
      return { ok: true, value, used, where: usedAt };
    } catch (error) {
      return { ok: false, message: messageOf(error), used, where: placeOf(stackOf(error)) };
    }
  }

  /** Asks the room's code something beside the exploration: what it uses or throws is told where it is tried. */
  probeWith<T>(run: () => T): T | undefined {
    try {
      return this.#sandbox.watch(() => undefined, run);
    } catch {
      return undefined;
    }
  }

  /** Runs an op for what it looks at; whether it succeeds does not matter, nor what it does. */
  probe(moment: Moment, op: Op): void {
    const scope = this.#scope;
    if (scope === undefined) return;
    const before = structuredClone(moment.state.snapshot.context) as object;
    const snapshot = Object.assign(Object.create(null), moment.state.snapshot, { context: before }) as AnyMachineSnapshot;
    this.probeWith(() => decide(this.machine, { ...moment.state, snapshot }, op, scope));
  }

  /** What the guards that are to blame for a refusal looked at in the context: paths, as JSON. */
  blamedPaths(moment: Moment, { op }: Move): readonly string[] {
    const { snapshot } = moment.state;
    const event = stampEvent(op);
    const context = readingPaths<unknown>(snapshot.context);
    const spied = Object.assign(Object.create(null), snapshot, { context: context.value }) as AnyMachineSnapshot;
    this.probeWith(() => {
      const said = explain(snapshot, event);
      if (said.verdict !== "refused" || said.code !== "guard") return;
      for (const { guard: type, params } of said.blame) if (!type.startsWith("(")) judge({ type, params }, spied, event);
    });
    return [...context.paths];
  }

  /** Why not, in the room's own words. */
  reason(moment: Moment, move: Move): string {
    const said = this.guarded("a reason", { moment, move }, () => verdict(this.room, moment.state.snapshot, stampEvent(move.op)));
    return said?.verdict === "refused" ? said.reason : "That would change nothing.";
  }

  /** Runs the room's code where no transition is made. `undefined`: it threw, and that is told. */
  guarded<T>(what: string, at: Sighting["at"], run: () => T): T | undefined {
    try {
      return this.#sandbox.watch(this.#tellUse(at), run);
    } catch (error) {
      this.#report({ code: "throws", subject: what, text: `${what} throws: ${messageOf(error)}`, where: placeOf(stackOf(error)), at });
      return undefined;
    }
  }

  #decide(state: DomainState, move: Move, moment: Moment): Decision {
    const scope = this.#scope;
    if (scope === undefined) throw new Error("tried before it began");
    return this.#sandbox.watch(this.#tellUse({ moment, move }), () => decide(this.machine, state, move.op, scope));
  }

  #decideAgain(moment: Moment, move: Move, first: DomainState): void {
    if (this.#inspection.isChecked(`${move.op.event.type} ${valueText(moment)}`)) return;
    const second = this.#decide(moment.state, move, moment);
    if (second.kind === "taken" && textOf(second.state) === textOf(first)) return;
    const { type } = move.op.event;
    this.#report({
      code: "not-deterministic",
      subject: type,
      text: `'${type}' gives another state when the same log is replayed`,
      where: valueText(moment),
      at: { moment, move },
    });
  }

  /** Frozen data makes a write throw; on a copy that is not frozen the write shows. */
  #tellThrown(moment: Moment, move: Move, error: unknown): void {
    const { type } = move.op.event;
    const context = structuredClone(moment.state.snapshot.context) as object;
    const snapshot = Object.assign(Object.create(null), moment.state.snapshot, { context }) as AnyMachineSnapshot;
    const op = { ...move.op, event: structuredClone(move.op.event) };
    const before = JSON.stringify([context, op.event]);
    this.#decide({ ...moment.state, snapshot }, { ...move, op }, moment);
    const place = placeOf(stackOf(error));
    const where = place ?? valueText(moment);
    const subject = place ?? type;
    const at = { moment, move };
    if (JSON.stringify([context, op.event]) !== before)
      this.#report({
        code: "mutates",
        subject,
        text: `'${type}' changes the context or the event in place; give back a new one`,
        where,
        at,
      });
    else this.#report({ code: "throws", subject, text: `'${type}' throws: ${messageOf(error)}`, where, at });
  }

  #tellUse(at: Sighting["at"]): (what: string) => void {
    return (what) => {
      const where = placeOf(new Error("here").stack);
      const who = at?.move === undefined ? "what runs beside the events" : `'${at.move.op.event.type}'`;
      const text = `${who} uses ${what}: the same log would give another state; take time and ids from the event's stamp, and leave the rest to services`;
      this.#report({ code: "impure", subject: `${what} ${where ?? who}`, text, where: where ?? (at && valueText(at.moment)), at });
    };
  }
}
