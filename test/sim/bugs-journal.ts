/** Planted bugs of the SQLite journal: see bugs.ts. */
import type { Bug } from "./bugs.ts";

export const journalBugs: readonly Bug[] = [
  {
    name: "the mark beside the journal is not read",
    file: "src/journal/sqlite-log.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    find: "const marked = Mark.read(`${path}.mark`);",
    replace: "const marked: ReturnType<typeof Mark.read> = undefined as never;",
    seed: 18,
  },
  {
    name: "the hashes of entries are not compared",
    file: "src/journal/sqlite-repair.ts",
    find: "if (entry.rev !== rev + 1 || chainHash(hash, entry.rev, entry.data) !== entry.hash) break;",
    replace: "if (entry.rev !== rev + 1) break;",
    seed: 11,
  },
  {
    name: "a journal that was put back keeps its epoch",
    file: "src/journal/sqlite-log.ts",
    find: "const epoch = lostFrom !== undefined || known.renew !== 0 ? freshEpoch : known.epoch;",
    replace: "const epoch = lostFrom !== undefined ? freshEpoch : known.epoch;",
    seed: 18,
  },
  {
    name: "a mark that is torn counts",
    file: "src/journal/sqlite-mark.ts",
    find: "return sum === checksum(file, commits) ? { file, commits: Number(commits) } : undefined;",
    replace: "return { file, commits: Number(commits) };",
    seed: 270,
    isRare: true,
  },
  {
    name: "a cut log keeps its epoch",
    file: "src/journal/sqlite-log.ts",
    find: "const epoch = lostFrom !== undefined || known.renew !== 0 ? freshEpoch : known.epoch;",
    replace: "const epoch = known.renew !== 0 ? freshEpoch : known.epoch;",
    seed: 11,
  },
];
