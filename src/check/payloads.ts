/** The commands worth trying in a state: payloads from the schemas, filled with what the state knows. From: moves.ts. */
import type { EventObject } from "xstate";
import { type Commands, parseCommand } from "../room/commands.ts";
import { isStampId, people, personOf } from "./people.ts";
import { accepts, literals, objectsOf, type Sample, samplesOf } from "./samples.ts";
import { roomInput } from "./trial.ts";

/** Ids at one kind of place in the context that are tried: the first and the last of a list stand for all. */
const idsPerPlaceMax = 2;
const idsMax = 12;

export class Payloads {
  readonly #commands: Commands;
  readonly #given: ReadonlyMap<string, readonly { readonly type: string }[]>;
  /** `command.field`s that took a text which the state does not know: no references, so the ids of the state tell nothing new. */
  readonly #texts = new Set<string>();
  /** By schema: what it takes of the literals never changes. */
  readonly #plain = new Map<unknown, readonly Sample[]>();

  /** `given`: the app's own, tried besides. */
  constructor(commands: Commands, given: readonly { readonly type: string }[]) {
    this.#commands = commands;
    this.#given = Map.groupBy(given, ({ type }) => type);
  }

  /** Per command type, parsed as the room parses what clients send. Empty: nothing fits the schema. */
  of(context: unknown): ReadonlyMap<string, readonly EventObject[]> {
    const known = knownStrings(context);
    return new Map(Object.keys(this.#commands).map((type) => [type, this.#events(type, known)]));
  }

  /** A command was accepted. */
  learn(event: EventObject): void {
    for (const [field, schema] of Object.entries(this.#commands[event.type] ?? {})) {
      const value = JSON.stringify((event as unknown as Readonly<Record<string, unknown>>)[field]);
      if (this.#plainOf(schema).some((plain) => hasText(plain) && JSON.stringify(plain) === value))
        this.#texts.add(`${event.type}.${field}`);
    }
  }

  #events(type: string, known: readonly string[]): readonly EventObject[] {
    const entries = this.#commands[type] ?? {};
    const made = objectsOf(entries, (schema, field) => {
      const plain = this.#plainOf(schema);
      if (!plain.some(hasText) || this.#texts.has(`${type}.${field}`)) return plain;
      return [...samplesOf(schema, known), ...plain];
    });
    const inputs = [...(this.#given.get(type) ?? []), ...made.map((payload) => ({ ...payload, type }))];
    const parsed = inputs.map((input) => parseCommand(this.#commands, input));
    const events = parsed.flatMap((result) => (result.ok ? [result.event as EventObject] : []));
    return [...new Map(events.map((event) => [JSON.stringify(event), event])).values()];
  }

  #plainOf(schema: Commands[string][string]): readonly Sample[] {
    let plain = this.#plain.get(schema);
    if (plain === undefined) {
      const fitting = literals.filter((text) => accepts(schema, text));
      // One text stands for all; lists of texts may ask for several.
      plain = samplesOf(schema, fitting.length > 0 ? fitting.slice(0, 1) : literals.slice(0, 3));
      if (plain.length === 0) plain = samplesOf(schema, literals);
      this.#plain.set(schema, plain);
    }
    return plain;
  }
}

const literal = new Set(literals);
const hasText = (value: unknown): boolean =>
  typeof value === "string" ? literal.has(value) : typeof value === "object" && value !== null && Object.values(value).some(hasText);

/** Ids and users, as values or as keys: at each kind of place the first and the last. Everybody who may take part is known. */
function knownStrings(context: unknown): readonly string[] {
  const places = new Map<string, string[]>();
  const note = (text: string, place: string) => {
    if (personOf(text) !== undefined || text === roomInput.id || !(isStampId(text) || place.endsWith(".id"))) return;
    const texts = places.get(place) ?? [];
    places.set(place, texts);
    if (texts.includes(text)) return;
    if (texts.length < idsPerPlaceMax) texts.push(text);
    else texts[idsPerPlaceMax - 1] = text;
  };
  const visit = (value: unknown, place: string, depth: number): void => {
    if (typeof value === "string") note(value, place);
    if (typeof value !== "object" || value === null || depth > 8) return;
    for (const [key, part] of Object.entries(value)) {
      note(key, `${place}.{}`);
      visit(part, `${place}.${Array.isArray(value) || isStampId(key) || personOf(key) !== undefined ? "[]" : key}`, depth + 1);
    }
  };
  visit(context, "", 0);
  return [...people.map(({ user }) => user), ...new Set([...places.values()].flat())].slice(0, people.length + idsMax);
}
