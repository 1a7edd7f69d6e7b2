/**
 * The moments that wait to be explored, and which is next: each state gets its turn, so that the commands of one region do not drown another's,
 * and in each what is new there comes first. From: explore.ts.
 */
import { Aims } from "./aims.ts";
import { Features } from "./features.ts";
import { leavesOf, type Moment, type Move } from "./moment.ts";
import { dequeue, type Entry, enqueue, type Queues, type Waiting } from "./queues.ts";

export class Frontier {
  readonly #features = new Features();
  readonly #known = new Set<string>();
  /** States, ways, features, and features in a state. */
  readonly #seen = new Set<string>();
  /** A state or a command that was not there before. */
  readonly #newest: Queues = [];
  /** For commands that were accepted from nobody yet, and for those that were not from some role. */
  readonly commands: Aims;
  readonly ways: Aims;
  #turns = 0;
  readonly #entries: Entry[] = [];
  readonly #places = new Map<string, { readonly queues: Queues; turns: number }>();

  constructor() {
    const place = (keys: readonly string[]) => this.#features.placeOf(keys);
    this.commands = new Aims(place, this.#entries);
    this.ways = new Aims(place, this.#entries);
  }

  /** `false`: one like it is known. `by` undefined: it is kept whatever it is like. */
  put(moment: Moment, distance: number, by?: Move): boolean {
    const features = this.#featuresOf(moment);
    const key = [...features].sort().join("\n");
    if (this.#known.has(key) && by !== undefined) return false;
    this.#known.add(key);
    const entry: Entry = { moment, distance, features, taken: false };
    this.#entries.push(entry);
    const leaves = leavesOf(moment);
    const way = by === undefined ? [] : [`by ${by.op.event.type}`];
    const isNewest = this.#note([...leaves.map((leaf) => `in ${leaf}`), ...way]) > 0 || by === undefined;
    const hasNewFeature = this.#note([...features, ...way.map((known) => `${known} ${by?.op.by.role}`)]) > 0;
    if (isNewest) enqueue(this.#newest, 0, entry);
    this.commands.offer(entry);
    this.ways.offer(entry);
    for (const leaf of leaves) {
      const place = this.#places.get(leaf) ?? { queues: [], turns: 0 };
      this.#places.set(leaf, place);
      const news = this.#note(features.map((feature) => `in ${leaf} ${feature}`));
      enqueue(place.queues, hasNewFeature ? 0 : news > 2 ? 1 : news > 0 ? 2 : 3, entry);
    }
    return true;
  }

  next(): Waiting | undefined {
    const places = [...this.#places.values()].sort((a, b) => a.turns - b.turns);
    const turn = this.#turns++ % 3;
    const aims = turn === 0 ? this.commands : turn === 1 ? this.ways : undefined;
    let entry = dequeue(this.#newest, 0) ?? aims?.next();
    for (const { queues, turns } of places) entry ??= dequeue(queues, turns);
    if (entry === undefined) return undefined;
    for (const leaf of leavesOf(entry.moment)) {
      const place = this.#places.get(leaf);
      if (place !== undefined) place.turns++;
    }
    return entry;
  }

  /** How many of these are new; from now on none is. */
  #note(names: readonly string[]): number {
    const before = this.#seen.size;
    for (const name of names) this.#seen.add(name);
    return this.#seen.size - before;
  }

  #featuresOf({ state: { snapshot, timers }, here }: Moment): readonly string[] {
    return this.#features.of(snapshot, [
      ...timers.list().map(({ id }) => `timer=${id}`),
      ...Object.keys(snapshot.children).map((id) => `service=${id}`),
      `status=${snapshot.status}`,
      `here=${Math.min(here.size, 2)}`,
      `away=${[...here.values()].includes("away")}`,
    ]);
  }
}
