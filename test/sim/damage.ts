/** What happens to the files of a simulated disk between two processes. From: disk.ts. */
import { Database } from "bun:sqlite";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `lostEnd`: the end of the log never reached the disk, torn where chance says. `bitFlip`: in the log. `entryFlip`: in an entry in the main file, where
 * SQLite has no checksums. The mark is written without fsync: after a power loss it may be gone, or torn; nothing else is lost then.
 */
export const damages = ["lostEnd", "bitFlip", "entryFlip", "markGone", "markTorn"] as const;
export type Damage = (typeof damages)[number];

export function damage(folder: string, how: Damage, chance: () => number): boolean {
  const wal = join(folder, "rooms.db-wal");
  const mark = join(folder, "rooms.db.mark");
  switch (how) {
    case "lostEnd": {
      const bytes = readWal(wal);
      if (bytes !== undefined) writeFileSync(wal, bytes.subarray(0, Math.floor(bytes.length * (0.3 + 0.6 * chance()))));
      return bytes !== undefined;
    }
    case "bitFlip": {
      const bytes = readWal(wal);
      if (bytes === undefined) return false;
      const at = 4_096 + Math.floor(chance() * (bytes.length - 4_096));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(chance() * 8));
      writeFileSync(wal, bytes);
      return true;
    }
    case "entryFlip":
      return flipEntry(join(folder, "rooms.db"), chance);
    case "markGone":
      rmSync(mark, { force: true });
      return true;
    case "markTorn": {
      if (!existsSync(mark)) return false;
      const text = readFileSync(mark, "utf8");
      writeFileSync(mark, text.slice(0, Math.floor(chance() * text.length)));
      return true;
    }
  }
}

function readWal(wal: string): Buffer | undefined {
  if (!existsSync(wal)) return undefined;
  const bytes = readFileSync(wal);
  return bytes.length < 8_192 ? undefined : bytes;
}

/** One that a room needs for its start: what is older than the newest snapshot is read by nobody but people. */
function flipEntry(path: string, chance: () => number): boolean {
  if (!existsSync(path)) return false;
  const database = new Database(path);
  try {
    const rows = database
      .query<{ room: number; rev: number; data: string }, []>(
        'SELECT room, rev, data FROM entries e WHERE rev > (SELECT max(rev) FROM snapshots s WHERE s.room = e.room) AND data LIKE \'%"tag":"%\'',
      )
      .all();
    const row = rows[Math.floor(chance() * rows.length)];
    if (row === undefined) return false;
    // The last digit of its tag becomes another one: still JSON, still a command.
    const flipped = row.data.replace(/("tag":"[^"]*)(\d)"/, (_, head: string, digit: string) => `${head}${Number(digit) ^ 1}"`);
    database.query("UPDATE entries SET data = ? WHERE room = ? AND rev = ?").run(flipped, row.room, row.rev);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return flipped !== row.data;
  } catch {
    return false; // damaged already
  } finally {
    database.close();
  }
}
