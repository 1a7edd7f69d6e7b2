/**
 * Texts of any size in the second stream, in parts that fit into a message. From: nats-snapshots.ts, nats-journal.ts (batches that are too big).
 * An id is used once, so nothing that is written here ever changes. Whoever refers to one does so after all of its parts are durable.
 */
import { headers } from "@nats-io/transport-node";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom } from "./nats-errors.ts";
import { JournalError, type RoomName } from "./port.ts";

/** `chunk`: of a snapshot. `body`: of a batch. */
export type PartKind = "chunk" | "body";

const atOnceMax = 4;

const labelHeader = "Quorate-Label";

export const partsOf = ({ partBytes }: NatsStore, bytes: Uint8Array): number => Math.max(1, Math.ceil(bytes.length / partBytes));

/** `label`: what the first part says of the whole. */
export async function writeParts(
  store: NatsStore,
  room: RoomName,
  kind: PartKind,
  id: string,
  bytes: Uint8Array,
  label = "",
): Promise<void> {
  const { js, names, partBytes } = store;
  const count = partsOf(store, bytes);
  await inTurns(count, async (i) => {
    const head = headers();
    if (i === 0) head.set(labelHeader, label);
    try {
      await js.publish(names.storedOf(room, kind, id, String(i)), bytes.subarray(i * partBytes, (i + 1) * partBytes), {
        headers: head,
        expect: { streamName: names.store },
      });
    } catch (error) {
      throw errorFrom(error, `${room}: part ${i + 1} of ${count}`);
    }
  });
}

export interface Label {
  readonly text: string;
  /** The server's, in ms since the Unix epoch. */
  readonly writtenAt: number;
}

/** What the first part says; `undefined` if it is missing. */
export async function readLabel({ jsm, names }: NatsStore, room: RoomName, kind: PartKind, id: string): Promise<Label | undefined> {
  try {
    const first = await jsm.streams.getMessage(names.store, { last_by_subj: names.storedOf(room, kind, id, "0") });
    return first === null ? undefined : { text: first.header.get(labelHeader), writtenAt: first.time.getTime() };
  } catch (error) {
    throw errorFrom(error, `${room}: reading a part`);
  }
}

/** `undefined` if any part is missing. */
export async function readParts(
  store: NatsStore,
  room: RoomName,
  kind: PartKind,
  id: string,
  count: number,
): Promise<Uint8Array | undefined> {
  const { jsm, names } = store;
  const parts: Uint8Array[] = [];
  let missing = false;
  await inTurns(count, async (i) => {
    const query = { last_by_subj: names.storedOf(room, kind, id, String(i)) };
    try {
      // A copy that lags may not have it yet; the leader has.
      const found = (await jsm.direct.getMessage(names.store, query)) ?? (await jsm.streams.getMessage(names.store, query));
      if (found === null) missing = true;
      else parts[i] = found.data;
    } catch (error) {
      throw errorFrom(error, `${room}: part ${i + 1} of ${count}`);
    }
  });
  return missing ? undefined : Buffer.concat(parts);
}

/** Everything under `id`; it leaves nothing behind. */
export async function deleteParts({ jsm, names }: NatsStore, room: RoomName, kind: PartKind, id: string): Promise<void> {
  try {
    await jsm.streams.purge(names.store, { filter: names.storedOf(room, kind, id, "*") });
  } catch (error) {
    throw errorFrom(error, `${room}: deleting parts`);
  }
}

/** The ids that the room has of a kind. */
export async function listParts({ jsm, names }: NatsStore, room: RoomName, kind: PartKind): Promise<string[]> {
  try {
    const { state } = await jsm.streams.info(names.store, { subjects_filter: names.storedOf(room, kind, ">") });
    const at = names.storedOf(room, kind).split(".").length;
    return [...new Set(Object.keys(state.subjects ?? {}).map((subject) => subject.split(".")[at] ?? ""))];
  } catch (error) {
    throw errorFrom(error, `${room}: listing parts`);
  }
}

async function inTurns(count: number, run: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await run(next++);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnceMax, count) }, lane));
  for (const one of lanes)
    if (one.status === "rejected") throw one.reason instanceof Error ? one.reason : new JournalError("io", String(one.reason));
}
