/**
 * A mark beside the database: how many transactions were acknowledged. A truncated WAL opens cleanly and has silently lost its end,
 * and so has a backup that was put back; the database alone cannot tell. A mark that is ahead of it can.
 * From: sqlite-log.ts, after each commit. Written without fsync: after a power loss it may be old, torn or gone, so only a mark that is
 * whole, and ahead or of another file, proves anything.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

export class Mark {
  readonly #fileId: string;
  #fd: number | undefined;

  constructor(path: string, fileId: string) {
    this.#fileId = fileId;
    this.#fd = openSync(path, existsSync(path) ? "r+" : "w+");
  }

  /** Of which file, and how many of its transactions were acknowledged; `undefined` where the mark proves nothing. */
  static read(path: string): { readonly file: string; readonly commits: number } | undefined {
    if (!existsSync(path)) return undefined;
    const [file = "", commits = "", sum] = readFileSync(path, "utf8").trimEnd().split(" ");
    return sum === checksum(file, commits) ? { file, commits: Number(commits) } : undefined;
  }

  write(commits: number): void {
    if (this.#fd === undefined) return;
    const padded = String(commits).padStart(16, "0");
    writeSync(this.#fd, `${this.#fileId} ${padded} ${checksum(this.#fileId, padded)}\n`, 0);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

const checksum = (file: string, commits: string): string => Bun.SHA256.hash(`${file} ${commits}`, "hex").slice(0, 16);
