/**
 * The snapshots of each room. From: nats-journal.ts, nats-open.ts. To: nats-parts.ts, where their texts are.
 * One index per room says which there are; it changes by compare-and-set, after the parts are durable and before old ones go. So whatever
 * a crash leaves, the index names whole snapshots only; parts that nothing names are swept up later.
 */
import { chainHash } from "./chain.ts";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom, isRefused } from "./nats-errors.ts";
import { deleteParts, listParts, partsOf, readLabel, readParts, writeParts } from "./nats-parts.ts";
import { JournalError, type RoomName, type SnapshotRecord } from "./port.ts";
import { type Retention, retained } from "./retention.ts";

export interface Kept {
  readonly rev: number;
  /** The first message of the log that a start from this snapshot reads; everything before it can go with the last older snapshot. */
  readonly from: number;
  /** The chain's hash at `rev`, and the checksum of the text in its place. */
  readonly chain: string;
  readonly checksum: string;
  readonly id: string;
  readonly parts: number;
}

/** Oldest first. */
export interface SnapshotIndex {
  /** The index's own sequence, for the compare-and-set; 0 if there is none. */
  readonly seq: number;
  readonly time: number;
  /** Of the log that they belong to. Whoever knows only an older one, a node that lost the room say, can keep none here. */
  readonly epoch?: string | undefined;
  readonly kept: readonly Kept[];
  /** Those that were found damaged, the newest few, for people; nothing reads them. */
  readonly damaged: readonly Kept[];
}

const triesMax = 16;
const damagedMax = 4;
/** Parts of a snapshot that is being written belong to no index yet. */
const orphanAgeMsMin = 10 * 60_000;

/** Empty also where it is damaged. */
export async function readIndex({ jsm, names }: NatsStore, room: RoomName): Promise<SnapshotIndex> {
  try {
    const found = await jsm.streams.getMessage(names.store, { last_by_subj: names.storedOf(room, "index") });
    if (found === null) return { seq: 0, time: 0, kept: [], damaged: [] };
    const { epoch, kept = [], damaged = [] } = parsed<Partial<Content>>(found.string()) ?? {};
    return { seq: found.seq, time: found.time.getTime(), epoch, kept, damaged };
  } catch (error) {
    throw errorFrom(error, `${room}: the index of its snapshots`);
  }
}

/** After the index was lost: the first part of each snapshot says the same. Whether they found any. */
export async function rebuildIndex(store: NatsStore, room: RoomName): Promise<boolean> {
  const found: Kept[] = [];
  for (const id of await listParts(store, room, "chunk")) {
    const label = await readLabel(store, room, "chunk", id);
    const kept = parsed<Kept>(label?.text ?? "");
    if (kept?.id === id) found.push(kept);
  }
  if (found.length === 0) return false;
  await change(store, room, ({ kept, damaged }) => ({ kept: kept.length > 0 ? kept : found.sort((a, b) => a.rev - b.rev), damaged }));
  return true;
}

/** The newest at or before `rev` that is intact. */
export async function newestSnapshot(store: NatsStore, room: RoomName, rev: number): Promise<SnapshotRecord | undefined> {
  const { kept, seq } = await readIndex(store, room);
  for (const one of kept.toReversed()) {
    const snapshot = one.rev <= rev ? await readSnapshot(store, room, one) : undefined;
    if (snapshot !== undefined) return snapshot;
  }
  // They may have gone while this looked.
  return (await readIndex(store, room)).seq === seq ? undefined : newestSnapshot(store, room, rev);
}

/** The text, if it is whole and in its place in the chain. */
export async function readSnapshot(store: NatsStore, room: RoomName, kept: Kept): Promise<SnapshotRecord | undefined> {
  const bytes = await readParts(store, room, "chunk", kept.id, kept.parts);
  if (bytes === undefined) return undefined;
  const data = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return chainHash(kept.chain, kept.rev, data) === kept.checksum ? { rev: kept.rev, data } : undefined;
}

/** Keeps one more and lets go of what the retention no longer asks for. `trimFrom`: the log before this sequence can go; so can batches up to `trimTo`. */
export async function keepSnapshot(
  store: NatsStore,
  room: RoomName,
  snapshot: SnapshotRecord & Pick<Kept, "chain" | "from" | "id">,
  { rev: head, epoch }: { readonly rev: number; readonly epoch: string },
  retention: Retention,
): Promise<{ readonly trimFrom: number; readonly trimTo: number } | undefined> {
  const { data, rev, ...place } = snapshot;
  const bytes = new TextEncoder().encode(data);
  const entry: Kept = { rev, ...place, checksum: chainHash(snapshot.chain, rev, data), parts: partsOf(store, bytes) };
  await writeParts(store, room, "chunk", snapshot.id, bytes, JSON.stringify(entry));
  let trimTo = 0;
  const { gone, index } = await change(store, room, ({ kept, damaged, epoch: current = epoch }) => {
    if (current !== epoch)
      throw new JournalError("io", `${room}: its history was lost, this snapshot belongs to another one; open it again`);
    const all = [...kept.filter((one) => one.rev !== rev), entry].sort((a, b) => a.rev - b.rev);
    const asked = retained(
      all.map((one) => one.rev),
      head,
      retention,
    );
    trimTo = asked.trimTo;
    return { epoch, kept: all.filter((one) => asked.snapshots.includes(one.rev)), damaged };
  });
  for (const { id } of gone) await deleteParts(store, room, "chunk", id);
  await sweep(store, room, index);
  // An entry in the middle of a message stays with it.
  const lowest = index.kept.findLast((one) => one.rev <= trimTo);
  return lowest === undefined ? undefined : { trimFrom: lowest.from, trimTo: lowest.rev };
}

/**
 * Makes the index one of `epoch`, where `bad` ones serve no more (they stay, for people), and `moved` begins elsewhere in the log.
 * False if somebody changed it since it was read.
 */
export async function settleIndex(
  store: NatsStore,
  room: RoomName,
  before: SnapshotIndex,
  { epoch, bad, moved }: { readonly epoch: string; readonly bad: readonly Kept[]; readonly moved: Kept | undefined },
): Promise<boolean> {
  const isBad = ({ id }: Kept) => bad.some((one) => one.id === id);
  const kept = before.kept.filter((one) => !isBad(one)).map((one) => (one.id === moved?.id ? moved : one));
  const damaged = [...before.damaged, ...before.kept.filter(isBad)].slice(-damagedMax);
  const changed = await replace(store, room, before, { epoch, kept, damaged });
  for (const { id } of changed?.gone ?? []) await deleteParts(store, room, "chunk", id);
  return changed !== undefined;
}

type Content = Pick<SnapshotIndex, "epoch" | "kept" | "damaged">;
interface Changed {
  readonly gone: readonly Kept[];
  readonly index: SnapshotIndex;
}

async function change(store: NatsStore, room: RoomName, to: (index: SnapshotIndex) => Content): Promise<Changed> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const before = await readIndex(store, room);
    const changed = await replace(store, room, before, to(before));
    if (changed !== undefined) return changed;
  }
  throw new JournalError("io", `${room}: others change the index of its snapshots again and again`);
}

/** Compare-and-set. `undefined` if refused: somebody else's is there, or our own from a try before; either way it has to be looked at again. */
async function replace(store: NatsStore, room: RoomName, before: SnapshotIndex, content: Content): Promise<Changed | undefined> {
  const { js, names } = store;
  const ids = new Set([...content.kept, ...content.damaged].map(({ id }) => id));
  try {
    const { seq } = await js.publish(names.storedOf(room, "index"), JSON.stringify(content), {
      expect: { streamName: names.store, lastSubjectSequence: before.seq },
      retries: 1,
    });
    return { gone: [...before.kept, ...before.damaged].filter(({ id }) => !ids.has(id)), index: { ...content, seq, time: before.time } };
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw errorFrom(error, `${room}: the index of its snapshots`);
  }
}

async function sweep(store: NatsStore, room: RoomName, { kept, damaged, time }: SnapshotIndex): Promise<void> {
  const named = new Set([...kept, ...damaged].map(({ id }) => id));
  for (const id of await listParts(store, room, "chunk")) {
    if (named.has(id)) continue;
    const label = await readLabel(store, room, "chunk", id);
    // Both times are the server's. The index's is of the save before this one, so it errs on the side of keeping.
    if (label !== undefined && label.writtenAt < time - orphanAgeMsMin) await deleteParts(store, room, "chunk", id);
  }
}

/** `undefined`: it is damaged, and the caller sees what else there is. */
function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
