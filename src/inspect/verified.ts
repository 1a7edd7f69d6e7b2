/** A room's state at a rev, by replay of all that its log has up to there, with a look at each snapshot that is passed. From: replay.ts. To: rebuild.ts. */
import type { RoomName } from "../journal/port.ts";
import { fingerprint } from "../room/domain.ts";
import { baseAt, type LogReader, RebuildError, type RebuildOptions, type Rebuilt, rebuild, restored, savedIn } from "./rebuild.ts";

/** Revs of the kept snapshots at or before `rev` that `version` wrote, oldest first, back to the first that another version did. */
export async function snapshotRevs(reader: LogReader, room: RoomName, version: number, rev: number): Promise<readonly number[]> {
  const revs: number[] = [];
  for (let before = rev; before >= 0; ) {
    const kept = await reader.snapshotAt(room, before);
    if (kept === undefined || savedIn({ room }, kept.rev, kept.data).version !== version) break;
    revs.unshift(kept.rev);
    before = kept.rev - 1;
  }
  return revs;
}

/** Begins at the oldest snapshot of this version. Throws a `RebuildError`, also where a snapshot has another state than the replay (L7). */
export async function verified(
  options: RebuildOptions,
  rev: number,
): Promise<{ readonly at: Rebuilt; readonly snapshots: readonly number[] }> {
  const snapshots = await snapshotRevs(options.reader, options.room, options.def.version, rev);
  let at = await baseAt(options, snapshots[0] ?? rev);
  for (const next of snapshots.slice(1)) {
    at = await rebuild(options, next, at);
    await compare(options, at);
  }
  return { at: await rebuild(options, rev, at), snapshots };
}

async function compare(options: RebuildOptions, replayed: Rebuilt): Promise<void> {
  const { room, reader } = options;
  const { rev } = replayed;
  const kept = await reader.snapshotAt(room, rev);
  if (kept?.rev !== rev) throw new RebuildError("notKept", rev, `the snapshot of ${room} at rev ${rev} is gone meanwhile`);
  const saved = restored(options, rev, savedIn(options, rev, kept.data));
  const text = ({ domain, roster }: Rebuilt) => JSON.stringify([domain.at, fingerprint(domain), roster]);
  if (text(saved) !== text(replayed))
    throw new RebuildError("replay", rev, `replaying the log of ${room} up to rev ${rev} gives another state than the snapshot there has`);
}
