/**
 * Which snapshots of a room stay, and which entries. From: memory.ts and sqlite-log.ts, after each save.
 * The newest serve a start; the sparse older ones are key frames: from them every state since the oldest can be had again by replay.
 */

export interface Retention {
  /** Of the newest, so many stay. */
  readonly keepSnapshots: number;
  /** So many ops stay, at least. */
  readonly keepOps: number;
}

export interface Retained {
  /** Oldest first. */
  readonly snapshots: readonly number[];
  /** Entries up to this rev go. */
  readonly trimTo: number;
}

const keyFramesPerKeepOps = 8;

/**
 * `revs` are all snapshots that there are, `head` the newest rev. Key frames are the newest snapshot that the oldest of the `keepOps` ops
 * needs under it and, of those after it, the first in each stretch of an eighth of `keepOps`. Which one that is depends on the stretch alone,
 * so what stays does not depend on the order of the saves, nor on how often this was asked.
 */
export function retained(revs: readonly number[], head: number, { keepSnapshots, keepOps }: Retention): Retained {
  const sorted = [...revs].sort((a, b) => a - b);
  const newest = sorted.slice(Math.max(0, sorted.length - keepSnapshots));
  const stretchOps = Math.max(1, Math.ceil(keepOps / keyFramesPerKeepOps));
  const stretchOf = (rev: number) => Math.floor(rev / stretchOps);
  const lowest = sorted.findLast((rev) => rev <= head - keepOps) ?? 0;
  const frames = sorted
    .filter((rev) => rev >= lowest)
    .filter((rev, i, all) => i === 0 || stretchOf(rev) !== stretchOf(all[i - 1] as number));
  const snapshots = [...new Set([...frames, ...newest])].sort((a, b) => a - b);
  return { snapshots, trimTo: Math.min(snapshots[0] ?? 0, head - keepOps) };
}
