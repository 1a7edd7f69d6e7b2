/**
 * Disks that can be full. `limited` needs no privilege: no file of the server may grow any more, writes fail with EFBIG, which SQLite
 * takes for an I/O error. `tmpfs` is a real disk of a mebibyte, with ENOSPC; it takes the right to mount. From: disk.test.ts, first-start.test.ts.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildServer } from "../support/child-server.ts";

export interface SmallDisk extends AsyncDisposable {
  /** The journal's alarm when it is full. */
  readonly alarm: "full" | "io";
  /** Also for the next lives of the server, until `free`. */
  fill(): void;
  free(): void;
}

/** The mark beside the journal still fits: a real full disk lets what is there be overwritten, too. */
const markBytes = 64;

/** Bun ignores SIGXFSZ, so a write beyond the limit fails like any other. */
export function limited(server: ChildServer, limitBytes = markBytes): SmallDisk {
  const limit = (bytes: number | "unlimited") => {
    if (server.isRunning) run("prlimit", "--pid", String(server.pid), `--fsize=${bytes}:`);
  };
  return {
    alarm: "io",
    fill: () => {
      server.prefix = ["prlimit", `--fsize=${limitBytes}:`];
      limit(limitBytes);
    },
    free: () => {
      server.prefix = [];
      limit("unlimited");
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Takes the place of the server's folder; to be disposed of after the server's end, and before the folder is cleared away. */
export function tmpfs(server: ChildServer): SmallDisk {
  mount(server.data);
  const filler = join(server.data, "filler");
  return {
    alarm: "full",
    fill: () => writeUntilFull(filler),
    free: () => rmSync(filler),
    [Symbol.asyncDispose]: async () => {
      await server.kill();
      run("umount", server.data);
    },
  };
}

/** What this machine has: always the limit; the real disk on top where this user may mount one, tried out. */
export function smallDisks(): Readonly<Record<string, (server: ChildServer) => SmallDisk>> {
  const folder = mkdtempSync(join(tmpdir(), "quorate-mount-"));
  try {
    mount(folder);
    run("umount", folder);
    return { "a file size limit": limited, tmpfs };
  } catch (error) {
    console.log(`! no tmpfs, so a full disk is a file size limit alone: ${error}`);
    return { "a file size limit": limited };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const mount = (folder: string): void => run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);

function writeUntilFull(path: string): void {
  const fd = openSync(path, "w");
  try {
    for (;;) writeSync(fd, new Uint8Array(4_096));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  } finally {
    closeSync(fd);
  }
}

function run(...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
}
