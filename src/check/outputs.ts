/**
 * What a service may give back, guessed from what the machine reads of it: a stand-in is given as the output, and notes how it is used.
 * From: explore.ts, where the app gives no samples.
 */
import type { EventObject } from "xstate";
import { systemBy } from "../room/op.ts";
import { leavesOf, type Moment } from "./moment.ts";
import type { Trial } from "./trial.ts";

export class Outputs {
  readonly #trial: Trial;
  readonly #given: Readonly<Record<string, readonly unknown[]>>;
  readonly #guesses = new Map<string, unknown>();

  constructor(trial: Trial, given: Readonly<Record<string, readonly unknown[]>>) {
    this.#trial = trial;
    this.#given = given;
  }

  /** `service`: the id of the invoke or the spawn. */
  of(service: string, moment: Moment): readonly unknown[] {
    const given = this.#given[service];
    if (given !== undefined) return given;
    const key = `${service} ${leavesOf(moment).join()}`;
    if (!this.#guesses.has(key)) this.#guesses.set(key, this.#guess(service, moment));
    return [this.#guesses.get(key)];
  }

  #guess(actorId: string, moment: Moment): unknown {
    const clue = newClue();
    const event = { type: `xstate.done.actor.${actorId}`, output: standIn(clue), actorId } as EventObject;
    const { rev, at } = moment.state;
    this.#trial.probe(moment, { rev: rev + 1, at, who: 0, by: systemBy, seq: 0, event });
    return clue.kind === "unknown" && clue.fields.size === 0 ? {} : sampleOf(clue);
  }
}

interface Clue {
  kind: "unknown" | "text" | "number" | "list";
  readonly fields: Map<string, Clue>;
}
const newClue = (): Clue => ({ kind: "unknown", fields: new Map() });

function sampleOf({ kind, fields }: Clue): unknown {
  if (kind === "number") return 1;
  if (kind === "list") return [...fields.values()].map(sampleOf);
  if (kind === "unknown" && fields.size > 0) return Object.fromEntries([...fields].map(([key, clue]) => [key, sampleOf(clue)]));
  return "text";
}

const text = "text";
function standIn(clue: Clue): unknown {
  const below = (key: string): unknown => {
    const inner = clue.fields.get(key) ?? newClue();
    clue.fields.set(key, inner);
    return standIn(inner);
  };
  return new Proxy(() => undefined, {
    get: (_, key) => {
      if (key === "toJSON" || key === "then") return undefined;
      if (key === Symbol.toPrimitive) {
        clue.kind = "number";
        return () => 1;
      }
      if (key in String.prototype) {
        clue.kind = "text";
        const member: unknown = Reflect.get(String.prototype, key, text);
        return typeof member === "function" && typeof key === "string"
          ? (...args: unknown[]) => Reflect.apply(member, text, args) as unknown
          : member;
      }
      if (key in Array.prototype) {
        clue.kind = "list";
        const list = [below("[]")];
        const member: unknown = Reflect.get(list, key);
        return typeof member === "function" ? (...args: unknown[]) => Reflect.apply(member, list, args) as unknown : member;
      }
      return typeof key === "string" ? below(key) : undefined;
    },
  });
}
