/**
 * The domain store: a real XState actor on a wrapped logic, which is the one place that sees every event of the machine —
 * commands, timers, results of services. It gives each its rev and holds its effects back until the commit (L3).
 * From: owner.ts. To: step.ts for the decision; the owner's hooks for what became an op.
 */
import { type Actor, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject } from "xstate";
import type { Clock } from "../clock.ts";
import type { By } from "./commands.ts";
import {
  type Decision,
  type DomainRecord,
  type DomainState,
  decide,
  fingerprint,
  initialDomain,
  isAlwaysAnOp,
  keep,
  noteServices,
  recordDomain,
} from "./domain.ts";
import { deepFreeze } from "./freeze.ts";
import { type Op, plainEvent, systemBy } from "./op.ts";
import { inertScope, type Step } from "./step.ts";
import { Alarms, type Timer } from "./timers.ts";

export interface Author {
  readonly who: number;
  readonly by: By;
  readonly seq: number;
}

export interface HostedHooks {
  /** In the order of the revs, within the transition. `cues` are what the machine emitted. */
  onOp(op: Op, cues: readonly EventObject[]): void;
  /** The machine, an effect or a service failed. Contained: the state before is kept (L13). */
  onTrouble(where: "transition" | "effect" | "determinism", error: unknown, event: EventObject | undefined): void;
}

export interface HostedOptions {
  readonly machine: AnyStateMachine;
  readonly input: { readonly id: string; readonly at: number };
  readonly clock: Clock;
  readonly hooks: HostedHooks;
  readonly timersMax: number;
  /** Runs every op twice and freezes the context: finds what is not deterministic before users do. */
  readonly development: boolean;
}

/** What became of an offered event. */
export type Offer =
  | { readonly kind: "op"; readonly rev: number }
  | { readonly kind: "ignored" }
  | { readonly kind: "threw"; readonly error: unknown };

const systemAuthor: Author = { who: 0, by: systemBy, seq: 0 };

export class HostedDomain {
  readonly #options: HostedOptions;
  readonly #inert: AnyActorScope;
  readonly #alarms: Alarms;
  readonly #actor: Actor<AnyStateMachine>;
  readonly #restored: boolean;
  #state: DomainState;
  /** Effects of ops that are not committed yet. */
  #held: { readonly rev: number; readonly run: () => unknown }[] = [];
  #offered: { readonly event: EventObject; readonly author: Author; readonly timer: string | undefined } | undefined;
  #outcome: Offer = { kind: "ignored" };

  /** `from` is a committed state; without one, the room is new and its initial effects wait for `commit(0)`. */
  constructor(options: HostedOptions, from?: DomainState) {
    const { machine, input, clock, timersMax } = options;
    this.#options = options;
    this.#inert = inertScope(machine, input);
    this.#alarms = new Alarms(clock, (timer) => this.#fire(timer));
    this.#restored = from !== undefined;
    this.#state = from ?? initialDomain(machine, input, this.#inert, timersMax).state;
    const logic = {
      ...machine,
      getInitialSnapshot: (scope: AnyActorScope) => {
        const { state, step } = initialDomain(machine, input, scope, timersMax);
        this.#state = state;
        this.#hold(0, step);
        return state.snapshot;
      },
      restoreSnapshot: (record: Parameters<AnyStateMachine["restoreSnapshot"]>[0], scope: AnyActorScope) => {
        const snapshot = machine.restoreSnapshot(structuredClone(record), scope) as AnyMachineSnapshot;
        noteServices(snapshot);
        this.#state = { ...this.#state, snapshot };
        return snapshot;
      },
      transition: (snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope) => this.#transition(snapshot, event, scope),
    } as unknown as AnyStateMachine;
    const persisted = from === undefined ? undefined : recordDomain(machine, from).machine;
    this.#actor = createActor(logic, {
      input,
      clock: { setTimeout: (fire: () => void, ms: number) => clock.setTimer(ms, fire), clearTimeout: (cancel: () => void) => cancel() },
      ...(persisted === undefined ? {} : { snapshot: persisted as never }),
    });
    // Without an error observer an actor that fails would end the process.
    this.#actor.subscribe({ error: (error) => options.hooks.onTrouble("transition", error, undefined) });
  }

  /** Once the state is durable: starts active services and arms a restored state's timers; overdue ones fire at once, soonest first. */
  start(): void {
    this.#actor.start();
    if (this.#restored) for (const { id } of this.#state.timers.list()) this.#arm(id);
  }

  get state(): DomainState {
    return this.#state;
  }

  get record(): DomainRecord {
    return recordDomain(this.#options.machine, this.#state);
  }

  /** For who looks on. */
  get actor(): Actor<AnyStateMachine> {
    return this.#actor;
  }

  /** Whose event is being decided; undefined for what comes by itself, a service's result, say. */
  get author(): Author | undefined {
    return this.#offered?.author;
  }

  /** Services that would have to be invoked again if the room were unloaded. */
  get busy(): boolean {
    return Object.keys(this.#state.snapshot.children).length > 0;
  }

  offer(event: EventObject, author: Author): Offer {
    return this.#send(event, author, undefined);
  }

  /** Everything up to `rev` is durable: its effects may start, in order. */
  commit(rev: number): void {
    let n = 0;
    while (n < this.#held.length && (this.#held[n]?.rev ?? Infinity) <= rev) n++;
    const failed = (error: unknown) => this.#options.hooks.onTrouble("effect", error, undefined);
    for (const { run } of this.#held.splice(0, n)) {
      try {
        const result = run();
        // An unhandled rejection would end the process.
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Stops services and timers; uncommitted effects are gone. */
  stop(): void {
    this.#held = [];
    this.#alarms.stop();
    this.#actor.stop();
  }

  #send(event: EventObject, author: Author, timer: string | undefined): Offer {
    this.#outcome = { kind: "ignored" };
    if (this.#state.snapshot.status !== "active") {
      // A finished actor takes no events, but who comes and goes is still recorded.
      const op = this.#op(event, author, timer);
      if (isAlwaysAnOp(op)) this.#record(op, keep(this.#state, op), []);
      return this.#outcome;
    }
    this.#offered = { event, author, timer };
    try {
      this.#actor.send(event);
    } finally {
      this.#offered = undefined;
    }
    return this.#outcome;
  }

  /** Unless it is another one by now, or none, by what is decided and not yet durable. */
  #fire(timer: Timer): void {
    const earlier = this.#state.timers.list().filter(({ dueAt }) => dueAt < timer.dueAt);
    if (earlier.length > 0 && this.#held.length > 0) {
      // What set it may not be durable yet: this one takes its turn after it.
      this.#held.push({ rev: this.#state.rev, run: () => this.#arm(timer.id) });
      return;
    }
    // Armed, and overdue: the process stood still, and the clock's own order is another one.
    for (const other of earlier) if (this.#state.timers.get(other.id) === other) this.#send(other.event, systemAuthor, other.id);
    if (this.#state.timers.get(timer.id) === timer) this.#send(timer.event, systemAuthor, timer.id);
  }

  #transition(snapshot: AnyMachineSnapshot, raw: EventObject, scope: AnyActorScope): AnyMachineSnapshot {
    if (raw.type === "xstate.stop") return this.#options.machine.transition(snapshot, raw, scope) as AnyMachineSnapshot;
    const offered = this.#offered?.event === raw ? this.#offered : undefined;
    // What comes by itself is a service's result: made plain, so that replay sees what the machine saw.
    const op = this.#op(offered?.event ?? plainEvent(raw), offered?.author ?? systemAuthor, offered?.timer);
    const before = this.#state;
    const decision = decide(this.#options.machine, before, op, scope);
    if (this.#options.development) this.#checkTwice(before, op, decision);
    if (decision.kind === "taken") {
      for (const stop of decision.step.stops) stop();
      this.#hold(op.rev, decision.step);
      this.#record(op, decision.state, decision.step.cues);
      return decision.state.snapshot;
    }
    if (decision.kind === "threw") this.#options.hooks.onTrouble("transition", decision.error, op.event);
    if (isAlwaysAnOp(op)) this.#record(op, keep(before, op), []);
    else this.#outcome = decision;
    return snapshot;
  }

  #op(event: EventObject, { who, by, seq }: Author, timer: string | undefined): Op {
    const at = Math.max(this.#state.at, this.#options.clock.now());
    return { rev: this.#state.rev + 1, at, who, by, seq, event, ...(timer === undefined ? {} : { timer }) };
  }

  #record(op: Op, state: DomainState, cues: readonly EventObject[]): void {
    this.#state = state;
    if (this.#options.development) deepFreeze(state.snapshot.context);
    this.#outcome = { kind: "op", rev: op.rev };
    this.#options.hooks.onOp(op, cues);
  }

  #hold(rev: number, step: Step): void {
    for (const run of step.effects) this.#held.push({ rev, run });
    for (const change of step.timers) {
      const run = change.kind === "set" ? () => this.#arm(change.id) : () => this.#alarms.disarm(change.id);
      this.#held.push({ rev, run });
    }
  }

  #arm(id: string): void {
    const timer = this.#state.timers.get(id);
    if (timer !== undefined) this.#alarms.arm(timer, timer.dueAt - this.#options.clock.now());
  }

  #checkTwice(before: DomainState, op: Op, first: Decision): void {
    const second = decide(this.#options.machine, before, op, this.#inert);
    const same =
      first.kind === second.kind &&
      (first.kind !== "taken" || second.kind !== "taken" || fingerprint(first.state) === fingerprint(second.state));
    if (!same)
      this.#options.hooks.onTrouble("determinism", new Error(`'${op.event.type}' gives another state when it runs again`), op.event);
  }
}
