/**
 * What can happen in a moment: people come and go, timers fire, services end, and everybody here tries every command.
 * From: explore.ts. A command is asked about before it is tried, so that payloads which cannot make a difference are passed over.
 */
import type { EventObject } from "xstate";
import { type Op, plainEvent, systemBy } from "../room/op.ts";
import type { Moment, Move } from "./moment.ts";
import type { Payloads } from "./payloads.ts";
import { type Person, people } from "./people.ts";
import type { Asked, Trial } from "./trial.ts";

/** Between two steps, where no timer is due before. */
const stepMs = 1_000;
/** Tried where a refusal looked at the time. */
const waitsMs: readonly number[] = [60_000, 3_600_000, 86_400_000];

export interface CommandTry {
  readonly move: Move & { readonly person: Person };
  readonly asked: Asked;
}

export class Moves {
  readonly #trial: Trial;
  readonly #payloads: Payloads;
  readonly #outputs: (service: string, moment: Moment) => readonly unknown[];

  constructor(trial: Trial, payloads: Payloads, outputs: (service: string, moment: Moment) => readonly unknown[]) {
    this.#trial = trial;
    this.#payloads = payloads;
    this.#outputs = outputs;
  }

  /** All but commands. */
  events(moment: Moment): readonly Move[] {
    const { here, state } = moment;
    const moves = people.flatMap((person) => {
      const { user } = person;
      const status = here.get(user);
      if (status === undefined) return [this.join(moment, person)];
      const turn = { online: ["participant.away"], away: ["participant.back"], removed: [] }[status];
      return [...turn, "participant.left"].map((type) => this.#of(moment, person, { type, user } as EventObject));
    });
    const [timer] = state.timers.list();
    if (timer !== undefined) moves.push(roomMove(moment, timer.event, { at: Math.max(state.at, timer.dueAt), timer: timer.id }));
    for (const actorId of Object.keys(state.snapshot.children).sort()) {
      for (const output of this.#outputs(actorId, moment))
        moves.push(roomMove(moment, { type: `xstate.done.actor.${actorId}`, output, actorId } as EventObject));
      const error = new Error("the service failed");
      moves.push(roomMove(moment, { type: `xstate.error.actor.${actorId}`, error, actorId } as EventObject));
    }
    return moves;
  }

  join(moment: Moment, person: Person): Move {
    const { user, name, role, who, client } = person;
    return this.#of(moment, person, { type: "participant.joined", user, name, role, who, client } as EventObject);
  }

  /** Everybody's tries of every command. Refused ones come once per distinct cause. */
  *commands(moment: Moment): Generator<CommandTry> {
    const payloads = this.#payloads.of(moment.state.snapshot.context);
    for (const person of people) {
      if (!moment.here.has(person.user)) continue;
      for (const events of payloads.values()) yield* this.#tries(moment, person, events);
    }
  }

  *#tries(moment: Moment, person: Person, events: readonly EventObject[]): Generator<CommandTry> {
    /** What refusals looked at: a payload that has the same there is refused as well. */
    const refusals: { readonly keys: readonly string[]; readonly values: string }[] = [];
    for (const event of events) {
      if (refusals.some(({ keys, values }) => valuesOf(event, keys) === values)) continue;
      const move = { ...this.#of(moment, person, event), person };
      const asked = this.#trial.ask(moment, move);
      yield { move, asked };
      if (!asked.refused || asked.read.has("*")) continue;
      const keys = [...asked.read].filter((key) => !stamped.has(key)).sort();
      refusals.push({ keys, values: valuesOf(event, keys) });
      if (asked.read.has("at")) yield* this.#later(moment, person, event);
    }
  }

  *#later(moment: Moment, person: Person, event: EventObject): Generator<CommandTry> {
    for (const waitMs of waitsMs) {
      const at = moment.state.at + waitMs;
      if (at >= dueAt(moment)) return;
      const move = { ...this.#of(moment, person, event, at), person };
      const asked = this.#trial.ask(moment, move);
      if (!asked.refused) return yield { move, asked };
    }
  }

  #of(moment: Moment, person: Person, event: EventObject, at = timeAfter(moment)): Move {
    const isCommand = !event.type.startsWith("participant.");
    const seq = isCommand ? (moment.seqs.get(person.user) ?? 0) + 1 : 0;
    const by = { user: person.user, role: this.#trial.roleOf(moment, person), client: person.client };
    return { person, op: { rev: moment.state.rev + 1, at, who: person.who, by, seq, event } };
  }
}

const stamped: ReadonlySet<string> = new Set(["type", "at", "id", "by"]);

function roomMove(moment: Moment, event: EventObject, more: Partial<Op> = {}): Move {
  const op = { rev: moment.state.rev + 1, at: timeAfter(moment), who: 0, by: systemBy, seq: 0, event: plainEvent(event), ...more };
  return { person: undefined, op };
}

const valuesOf = (event: EventObject, keys: readonly string[]): string =>
  JSON.stringify(keys.map((key) => (event as unknown as Readonly<Record<string, unknown>>)[key]));

const dueAt = ({ state }: Moment): number => state.timers.list()[0]?.dueAt ?? Infinity;
/** A timer that is due fires before anything else happens. */
const timeAfter = (moment: Moment): number => Math.max(moment.state.at, Math.min(moment.state.at + stepMs, dueAt(moment) - 1));
