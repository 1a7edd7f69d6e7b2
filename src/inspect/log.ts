/**
 * A room's log as a file: JSON that people can read and `replay` can go through. From: the inspector's export. To: replay.ts.
 * Written in pieces, so that a long log is never in memory as a whole.
 */
import * as v from "valibot";
import { chainHash, genesis } from "../journal/chain.ts";
import type { Entry, Journal, RoomName, SnapshotRecord } from "../journal/port.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import type { LogReader } from "./rebuild.ts";
import { snapshotRevs } from "./verified.ts";

const At = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** As the journal has it, parsed. */
const Data = v.custom<unknown>((data) => data !== undefined, "must be there");
const Recorded = v.strictObject({ rev: At, data: Data });
const Log = v.strictObject({
  format: v.literal("quorate-log"),
  formatVersion: v.literal(1),
  room: v.string(),
  type: v.string(),
  /** The room type's version that all of this is of. */
  version: v.number(),
  epoch: v.string(),
  /** Its last rev. */
  head: At,
  /** The oldest kept snapshot of this version. Without one, nothing can be built on the entries. */
  from: v.nullable(Recorded),
  /** All after `from`, up to `head`. */
  entries: v.array(Recorded),
  /** The later snapshots: what a replay has to give there. */
  snapshots: v.array(Recorded),
  /** A hash over the entries, as the journal chains its own: so it shows if one was changed, lost or exchanged. */
  chain: v.string(),
});
export type LogExport = v.InferOutput<typeof Log>;

/** A log that cannot be exported, or a text that is none. */
export class LogError extends Error {
  override readonly name = "LogError";
}

/** Up to the room's head at the moment when it begins; beside a room that runs, at any time. Throws a `LogError` where it cannot go on, so that half a log is no JSON. */
export async function* exportLog(journal: LogReader & Pick<Journal, "head">, room: RoomName, def: AnyRoomType): AsyncGenerator<string> {
  const head = await journal.head(room);
  if (head === undefined) throw new LogError(`there is no log of ${room}`);
  const [first, ...later] = await snapshotRevs(journal, room, def.version, head.rev);
  const given = { format: "quorate-log", formatVersion: 1, room, type: def.type, version: def.version, epoch: head.epoch, head: head.rev };
  const from = first === undefined ? "null" : recorded(await snapshotOf(journal, room, first));
  yield `${JSON.stringify(given).slice(0, -1)},\n"from":${from},\n"entries":[`;
  let before = first;
  let chain = genesis(room);
  for (let next = (first ?? 0) + 1; next <= head.rev; ) {
    const page = (await journal.read(room, next)).filter(({ rev }) => rev <= head.rev);
    if (page.length === 0) throw new LogError(`the log of ${room} has no rev ${next} any more`);
    for (const { rev } of page) {
      if (before !== undefined && rev !== before + 1) throw new LogError(`the log of ${room} has no rev ${before + 1} any more`);
      before = rev;
    }
    const entries = page.map((entry) => plain(room, entry));
    for (const { rev, data } of entries) chain = chainHash(chain, rev, data);
    yield `${next === (first ?? 0) + 1 ? "\n" : ",\n"}${entries.map(recorded).join(",\n")}`;
    next = (before ?? 0) + 1;
  }
  yield '\n],\n"snapshots":[';
  for (const [i, rev] of later.entries()) yield `${i === 0 ? "\n" : ",\n"}${recorded(await snapshotOf(journal, room, rev))}`;
  yield `\n],\n"chain":${JSON.stringify(chain)}}\n`;
}

const recorded = ({ rev, data }: Entry): string => `{"rev":${rev},"data":${data}}`;

async function snapshotOf(journal: LogReader, room: RoomName, rev: number): Promise<SnapshotRecord> {
  const kept = await journal.snapshotAt(room, rev);
  if (kept?.rev !== rev) throw new LogError(`the snapshot of ${room} at rev ${rev} is gone meanwhile: export it again`);
  return plain(room, kept);
}

/** Its text as JSON that was read and written again has it: so it is the same text on the other side. */
function plain(room: RoomName, { rev, data }: Entry): Entry {
  try {
    return { rev, data: JSON.stringify(JSON.parse(data)) };
  } catch (cause) {
    throw new LogError(`rev ${rev} of ${room} is no JSON`, { cause });
  }
}

/** A log in a file, as a journal would give it. */
export interface ReadLog {
  readonly log: Omit<LogExport, "from" | "entries" | "snapshots" | "chain">;
  readonly reader: LogReader;
}

/** Throws a `LogError` that says what is wrong with the text. */
export function readLog(text: string): ReadLog {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new LogError("it is no JSON, or not all of it is there", { cause });
  }
  const parsed = v.safeParse(Log, given);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new LogError(`it is no exported log: ${v.getDotPath(issue) ?? "the whole"}: ${issue.message}`);
  }
  const { from, entries, snapshots, chain, ...log } = parsed.output;
  const start = from?.rev ?? (entries[0]?.rev ?? log.head + 1) - 1;
  const wrong = entries.findIndex(({ rev }, i) => rev !== start + 1 + i);
  if (wrong !== -1) throw new LogError(`rev ${start + 1 + wrong} is missing`);
  if (start + entries.length !== log.head) throw new LogError(`it ends at rev ${start + entries.length}, and says ${log.head}`);
  const texts = entries.map(asText);
  if (texts.reduce((hash, { rev, data }) => chainHash(hash, rev, data), genesis(log.room)) !== chain)
    throw new LogError("an entry is not the one that was exported: their hash is another");
  return { log, reader: readerOf(log.room, texts, (from === null ? snapshots : [from, ...snapshots]).map(asText)) };
}

const asText = ({ rev, data }: LogExport["entries"][number]): Entry => ({ rev, data: JSON.stringify(data) });

function readerOf(room: RoomName, entries: readonly Entry[], snapshots: readonly SnapshotRecord[]): LogReader {
  const first = entries[0]?.rev ?? 0;
  return {
    read: async (name, from, limit = entries.length) => {
      const start = Math.max(0, from - first);
      return name === room ? entries.slice(start, start + limit) : [];
    },
    snapshotAt: async (name, rev) => {
      const kept = snapshots.filter((one) => name === room && one.rev <= rev).sort((a, b) => b.rev - a.rev);
      return kept[0];
    },
  };
}
