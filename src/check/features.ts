/**
 * What a state is like, so that states which differ in nothing that matters are explored once: its state value and the shape of its context.
 * People stand for their role, ids for any id, texts for any text; lists and records for the set of what is in them.
 */
import type { AnyMachineSnapshot } from "xstate";
import { isStampId, personOf } from "./people.ts";

const wordsPerPathMax = 8;
const wordCharsMax = 24;
const depthMax = 8;
const entriesMax = 200;
/** Times are larger; they are all alike. */
const timeMin = 1e9;

export class Features {
  /** A text that was never a word is a text: an unbounded set of words would be an unbounded set of states. */
  readonly #words = new Map<string, Set<string>>();
  readonly #known = new WeakMap<object, { readonly path: string; readonly features: readonly string[] }>();

  of(snapshot: AnyMachineSnapshot, others: readonly string[]): readonly string[] {
    const found = new Set<string>([`value=${JSON.stringify(snapshot.value)}`, ...others]);
    this.#visit(snapshot.context, "", 0, found);
    return [...found];
  }

  /** The path under which features of this place are, from keys as they stand in the context. */
  placeOf(keys: readonly string[]): string {
    return keys.map((key) => `.${/^\d+$/.test(key) ? "[]" : this.#key(key)}`).join("");
  }

  /** What did not change is the same object, frozen, mostly at the same place. */
  #visit(value: unknown, path: string, depth: number, found: Set<string>): void {
    if (typeof value !== "object" || value === null) {
      found.add(`${path}=${this.#leaf(value, path)}`);
      return;
    }
    let known = this.#known.get(value);
    if (known?.path !== path) {
      known = { path, features: this.#look(value, path, depth) };
      if (Object.isFrozen(value)) this.#known.set(value, known);
    }
    for (const feature of known.features) found.add(feature);
  }

  #look(value: object, path: string, depth: number): readonly string[] {
    const found = new Set<string>();
    const isArray = Array.isArray(value);
    const entries = Object.entries(value);
    const isOpen = isArray || entries.length === 0 || entries.some(([key]) => this.#key(key) !== key);
    if (isOpen) found.add(`${path}.size=${Math.min(entries.length, 2)}`);
    if (depth < depthMax)
      for (const [key, part] of entries.slice(0, entriesMax))
        this.#visit(part, `${path}.${isArray ? "[]" : this.#key(key)}`, depth + 1, found);
    return [...found];
  }

  #key(key: string): string {
    return this.#standIn(key) ?? key;
  }

  #leaf(value: unknown, path: string): string {
    if (typeof value === "number") {
      if (Math.abs(value) >= timeMin) return "time";
      return value === 0 || value === 1 || value === 2 ? String(value) : value > 0 ? "+" : "-";
    }
    if (typeof value !== "string") return String(value);
    const standIn = this.#standIn(value);
    if (standIn !== undefined) return standIn;
    const words = this.#words.get(path) ?? new Set();
    this.#words.set(path, words);
    if (!words.has(value) && (value.length > wordCharsMax || words.size >= wordsPerPathMax)) return "text";
    words.add(value);
    return value;
  }

  #standIn(text: string): string | undefined {
    const person = personOf(text);
    return person !== undefined ? `@${person.role}` : isStampId(text) ? "#" : undefined;
  }
}
