/**
 * JSON Patch (RFC 6902) from one JSON value to the next: what an audience with a projected state is told. Values that share references (share.ts)
 * cost nothing, so the time goes with what changed. From: sync/projection.ts. To: the wire; client/patch.ts applies it.
 */

import { isObject } from "./share.ts";

export type Patch =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** Applied in order to `before`, they give `after`, down to the order of keys (checksums are made over it). */
export function diff(before: unknown, after: unknown): Patch[] {
  const patches: Patch[] = [];
  compare(before, after, "", patches);
  return patches;
}

type Json = Readonly<Record<string, unknown>>;

function compare(before: unknown, after: unknown, path: string, patches: Patch[]): void {
  if (Object.is(before, after)) return;
  if (isObject(before) && isObject(after)) {
    if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, patches);
    if (!Array.isArray(before) && !Array.isArray(after) && compareRecords(before, after, path, patches)) return;
  }
  patches.push({ op: "replace", path, value: after === undefined ? null : after }); // as JSON has it in a list
}

/** What JSON leaves out is not there. */
const keysOf = (record: Json): string[] => Object.keys(record).filter((key) => record[key] !== undefined);

/** Whether it could be said: added keys come last, so a record whose keys stand otherwise has to be replaced. */
function compareRecords(before: Json, after: Json, path: string, patches: Patch[]): boolean {
  const [old, fresh] = [keysOf(before), keysOf(after)];
  const kept = old.filter((key) => has(after, key));
  if (kept.some((key, i) => key !== fresh[i])) {
    const named = fresh.filter(isName);
    if (kept.filter(isName).some((key, i) => key !== named[i])) return false;
  }
  for (const key of old) if (!has(after, key)) patches.push({ op: "remove", path: below(path, key) });
  for (const key of kept) compare(before[key], after[key], below(path, key), patches);
  for (const key of fresh) if (!has(before, key)) patches.push({ op: "add", path: below(path, key), value: after[key] });
  return true;
}
const has = (record: Json, key: string): boolean => Object.hasOwn(record, key) && record[key] !== undefined;
/** The others, array indices, JavaScript sorts by itself, on both sides. */
const isName = (key: string): boolean => !/^(0|[1-9]\d{0,9})$/.test(key) || Number(key) > 4_294_967_294;

/** By identity: what has an `id` is the same element wherever it stands, anything else is itself, but for lists in the place of others (pages of a table). */
function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, patches: Patch[]): void {
  let start = 0;
  while (start < before.length && start < after.length && isSame(before[start], after[start])) start++;
  let [oldEnd, end] = [before.length, after.length];
  while (oldEnd > start && end > start && isSame(before[oldEnd - 1], after[end - 1])) {
    oldEnd--;
    end--;
  }
  let stays = longestKept(before, after, start, oldEnd, end);
  // Nothing that could be told apart stayed: cells of a grid, rather than others in their place.
  if (stays.size === 0 && oldEnd === end) stays = new Map(Array.from({ length: end - start }, (_, i) => [start + i, start + i]));
  else pairLists(before, after, start, [...stays].sort(([a], [b]) => a - b).concat([[oldEnd, end]]), stays);
  for (let i = oldEnd - 1; i >= start; i--) if (!stays.has(i)) patches.push({ op: "remove", path: below(path, i) });
  const kept = [...stays.values()].sort((a, b) => a - b);
  const isKept = new Set(kept);
  for (let i = start; i < end; i++) if (!isKept.has(i)) patches.push({ op: "add", path: below(path, i), value: after[i] });
  // All stand where they belong now.
  const offset = after.length - before.length;
  for (let i = 0; i < start; i++) compare(before[i], after[i], below(path, i), patches);
  for (const [from, to] of stays) compare(before[from], after[to], below(path, to), patches);
  for (let i = oldEnd; i < before.length; i++) compare(before[i], after[i + offset], below(path, i + offset), patches);
}

/** Between two elements that stay, as many lists as there were are the same lists, changed. `anchors`: those that stay, and the end. */
function pairLists(
  before: readonly unknown[],
  after: readonly unknown[],
  start: number,
  anchors: readonly (readonly [from: number, to: number])[],
  stays: Map<number, number>,
): void {
  let [old, now] = [start, start];
  for (const [from, to] of anchors) {
    if (from - old === to - now)
      for (let i = 0; i < from - old; i++) if (Array.isArray(before[old + i]) && Array.isArray(after[now + i])) stays.set(old + i, now + i);
    [old, now] = [from + 1, to + 1];
  }
}

const identity = (value: unknown): unknown =>
  isObject(value) && value["id"] !== undefined && !isObject(value["id"]) ? value["id"] : value;
const isSame = (before: unknown, after: unknown): boolean => Object.is(identity(before), identity(after));

/** Old index → new index of as many elements as can stay where they are, between the ends that are the same. */
function longestKept(
  before: readonly unknown[],
  after: readonly unknown[],
  start: number,
  oldEnd: number,
  end: number,
): Map<number, number> {
  const places = new Map<unknown, number>();
  for (let i = start; i < end; i++) places.set(identity(after[i]), i);
  const pairs: (readonly [from: number, to: number])[] = [];
  for (let i = start; i < oldEnd; i++) {
    const to = places.get(identity(before[i]));
    if (to === undefined) continue;
    places.delete(identity(before[i])); // an identity that comes twice is used once
    pairs.push([i, to]);
  }
  // The longest run of rising places (patience sorting): `tails[n]` ends the best run of n + 1.
  const tails: number[] = [];
  const previous: number[] = [];
  const placeOf = (pair: number) => (pairs[pair] as readonly [number, number])[1];
  for (let pair = 0; pair < pairs.length; pair++) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(tails[middle] as number) < placeOf(pair)) low = middle + 1;
      else high = middle;
    }
    previous[pair] = tails[low - 1] ?? -1;
    tails[low] = pair;
  }
  const kept = new Map<number, number>();
  for (let pair = tails.at(-1) ?? -1; pair >= 0; pair = previous[pair] ?? -1) kept.set(...(pairs[pair] as readonly [number, number]));
  return kept;
}

/** A JSON Pointer (RFC 6901). */
const below = (path: string, key: string | number): string => `${path}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
