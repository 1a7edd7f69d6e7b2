/** Moments in line, each perhaps in several lines at once. From: frontier.ts, aims.ts. */
import type { Moment } from "./moment.ts";

export interface Waiting {
  readonly moment: Moment;
  /** Steps from the full room. */
  readonly distance: number;
}

export interface Entry extends Waiting {
  readonly features: readonly string[];
  /** It waits in the queues of all its states. */
  taken: boolean;
}
/** By novelty, then by distance, then in the order in which they were found. */
export type Queues = Entry[][][];
const novelties = 4;

export function enqueue(queues: Queues, novelty: number, entry: Entry): void {
  const levels = queues[novelty] ?? [];
  queues[novelty] = levels;
  const queue = levels[entry.distance] ?? [];
  levels[entry.distance] = queue;
  queue.push(entry);
}

/** Each kind of novelty in turn, so that none keeps the others waiting. */
export function dequeue(queues: Queues, turn: number): Entry | undefined {
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
