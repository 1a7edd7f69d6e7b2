/**
 * The moments that wait to be explored, and which is next: each state gets its turn, so that the commands of one region do not drown another's,
 * and in each what is new there comes first. From: explore.ts.
 */
import { Features } from "./features.ts";
import { leavesOf, type Moment, type Move, valueText } from "./moment.ts";

export interface Waiting {
  readonly moment: Moment;
  /** Steps from the full room. */
  readonly distance: number;
}

interface Entry extends Waiting {
  readonly features: readonly string[];
  /** It waits in the queues of all its states. */
  taken: boolean;
}
/** By novelty, then by distance, then in the order in which they were found. */
type Queues = Entry[][][];
const novelties = 4;

export class Frontier {
  readonly #features = new Features();
  readonly #known = new Set<string>();
  /** States, ways, features, and features in a state. */
  readonly #seen = new Set<string>();
  /** A state or a command that was not there before. */
  readonly #newest: Queues = [];
  #aimedAt: Queues = [];
  #aimSeen = new Set<string>();
  /** Places of the context, by what they are wanted for. */
  readonly #aims = new Map<string, Set<string>>();
  #turns = 0;
  readonly #entries: Entry[] = [];
  readonly #places = new Map<string, { readonly queues: Queues; turns: number }>();

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
    if (this.#hits(entry)) enqueue(this.#aimedAt, 0, entry);
    for (const leaf of leaves) {
      const place = this.#places.get(leaf) ?? { queues: [], turns: 0 };
      this.#places.set(leaf, place);
      const news = this.#note(features.map((feature) => `in ${leaf} ${feature}`));
      enqueue(place.queues, hasNewFeature ? 0 : news > 2 ? 1 : news > 0 ? 2 : 3, entry);
    }
    return true;
  }

  /** What is new at these places of the context has every second turn from now on, in every state. `paths`: keys, as JSON. */
  aim(goal: string, paths: readonly string[]): void {
    const places = this.#aims.get(goal) ?? new Set();
    this.#aims.set(goal, places);
    const before = places.size;
    for (const path of paths) places.add(this.#features.placeOf(JSON.parse(path) as string[]));
    if (places.size > before) this.#aimAnew();
  }

  /** The goal is reached. */
  aimNoMore(goal: string): void {
    if (this.#aims.delete(goal)) this.#aimAnew();
  }

  #aimAnew(): void {
    this.#aimedAt = [];
    this.#aimSeen = new Set();
    for (const entry of this.#entries) if (this.#hits(entry) && !entry.taken) enqueue(this.#aimedAt, 0, entry);
  }

  next(): Waiting | undefined {
    const places = [...this.#places.values()].sort((a, b) => a.turns - b.turns);
    let entry = dequeue(this.#newest, 0) ?? (this.#turns++ % 2 === 0 ? dequeue(this.#aimedAt, 0) : undefined);
    for (const { queues, turns } of places) entry ??= dequeue(queues, turns);
    if (entry === undefined) return undefined;
    for (const leaf of leavesOf(entry.moment)) {
      const place = this.#places.get(leaf);
      if (place !== undefined) place.turns++;
    }
    return entry;
  }

  #hits({ moment, features }: Entry): boolean {
    const aims = [...this.#aims.values()].flatMap((places) => [...places]);
    const isAimedAt = (feature: string) => aims.some((aim) => feature.startsWith(aim) && ".=".includes(feature[aim.length] ?? ""));
    const before = this.#aimSeen.size;
    if (aims.length > 0) for (const feature of features) if (isAimedAt(feature)) this.#aimSeen.add(`${valueText(moment)} ${feature}`);
    return this.#aimSeen.size > before;
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

function enqueue(queues: Queues, novelty: number, entry: Entry): void {
  const levels = queues[novelty] ?? [];
  queues[novelty] = levels;
  const queue = levels[entry.distance] ?? [];
  levels[entry.distance] = queue;
  queue.push(entry);
}

/** Each kind of novelty in turn, so that none keeps the others waiting. */
function dequeue(queues: Queues, turn: number): Entry | undefined {
  for (let i = 0; i < novelties; i++) {
    for (const queue of queues[(turn + i) % novelties] ?? []) {
      for (let entry = queue?.shift(); entry !== undefined; entry = queue?.shift()) {
        if (entry.taken) continue;
        entry.taken = true;
        return entry;
      }
    }
  }
  return undefined;
}
