/**
 * The meeting's recorder service, on the server only: one JSON manifest per recording, which says who spoke when.
 * From: the room, which invokes it after the commit. To: a folder on disk.
 *
 * Orders may be given twice (L4: a service still active at a crash is invoked again), even both at the same time, and give the same file.
 */
import { createHash } from "node:crypto";
import { link, mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fromPromise } from "xstate";
import type { RecorderInput, RecorderOutput } from "../../machines/meeting.ts";

/**
 * Writes `<folder>/<room>-<startedAt>.json`, first `{room, startedAt, state: "recording"}`,
 * at the stop `{room, startedAt, stoppedAt, spans: [{user, name, from, to}], state: "complete"}`; times are ms since the Unix epoch.
 * Rejects with a message fit for every participant; the cause carries the details.
 */
export const recorder = ({ folder }: { readonly folder: string }) =>
  fromPromise<RecorderOutput, RecorderInput>(async ({ input }) => {
    try {
      return input.do === "start" ? await start(folder, input) : await stop(folder, input);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
      throw new Error(`The recording could not be ${input.do === "start" ? "started" : "saved"}${code}.`, { cause });
    }
  });

async function start(folder: string, { room, at }: Extract<RecorderInput, { do: "start" }>): Promise<RecorderOutput> {
  const file = fileName(room, at);
  // A link never overwrites: a start that comes late or twice must not undo a finished recording.
  await writeThen(folder, { room, startedAt: at, state: "recording" }, (written) => link(written, join(folder, file)).catch(unlessExists));
  return { file };
}

async function stop(folder: string, { room, at, startedAt, spans }: Extract<RecorderInput, { do: "stop" }>): Promise<RecorderOutput> {
  const file = fileName(room, startedAt);
  await writeThen(folder, { room, startedAt, stoppedAt: at, spans, state: "complete" }, (written) => rename(written, join(folder, file)));
  return { file };
}

/** Writes in a folder of its own first, so that nobody ever reads half a manifest under its name. */
async function writeThen(folder: string, manifest: object, publish: (written: string) => Promise<void>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const own = await mkdtemp(join(folder, ".writing-"));
  try {
    const written = join(own, "manifest.json");
    const handle = await open(written, "wx");
    try {
      await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(written);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function unlessExists(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}

/** An id that is no safe file name gets a hash, so that two rooms never share a file; `~` occurs in no safe id. */
function fileName(room: string, startedAt: number): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(room)) return `${room}-${startedAt}.json`;
  const hash = createHash("sha256").update(room).digest("hex").slice(0, 16);
  return `${room.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64)}~${hash}-${startedAt}.json`;
}
