/**
 * What the exploration goes for: a command that was refused may be accepted once something has changed at the places of the context
 * that its guards looked at. From: explore.ts, by way of frontier.ts.
 */
import { valueText } from "./moment.ts";
import { dequeue, type Entry, enqueue, type Queues } from "./queues.ts";

export class Aims {
  readonly #placeOf: (keys: readonly string[]) => string;
  readonly #entries: readonly Entry[];
  /** Places of the context, by goal. */
  readonly #goals = new Map<string, Set<string>>();
  #queues: Queues = [];
  #isStale = false;
  /** Features at these places, with the state value in which they were. */
  #seen = new Set<string>();

  /** `entries`: all there are so far; they are offered again when the aims change. */
  constructor(placeOf: (keys: readonly string[]) => string, entries: readonly Entry[]) {
    this.#placeOf = placeOf;
    this.#entries = entries;
  }

  /** `paths`: keys, as JSON. */
  add(goal: string, paths: readonly string[]): void {
    const places = this.#goals.get(goal) ?? new Set();
    this.#goals.set(goal, places);
    const before = places.size;
    for (const path of paths) places.add(this.#placeOf(JSON.parse(path) as string[]));
    if (places.size > before) this.#isStale = true;
  }

  /** The goal is reached. */
  drop(goal: string): void {
    if (this.#goals.delete(goal)) this.#isStale = true;
  }

  next(): Entry | undefined {
    if (this.#isStale) this.#anew();
    return dequeue(this.#queues, 0);
  }

  /** Lines up what has something new at a place that is aimed at. */
  offer(entry: Entry): void {
    if (!this.#isStale) this.#offer(entry, this.#places());
  }

  /** Not at each change of the aims, which are many; when somebody asks. */
  #anew(): void {
    this.#isStale = false;
    this.#queues = [];
    this.#seen = new Set();
    const places = this.#places();
    for (const entry of this.#entries) this.#offer(entry, places);
  }

  #places(): readonly string[] {
    return [...new Set([...this.#goals.values()].flatMap((places) => [...places]))];
  }

  #offer(entry: Entry, places: readonly string[]): void {
    const isAimedAt = (feature: string) => places.some((place) => feature.startsWith(place) && ".=".includes(feature[place.length] ?? ""));
    const before = this.#seen.size;
    for (const feature of entry.features) if (isAimedAt(feature)) this.#seen.add(`${valueText(entry.moment)} ${feature}`);
    if (this.#seen.size > before && !entry.taken) enqueue(this.#queues, 0, entry);
  }
}
