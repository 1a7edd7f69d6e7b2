import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createActor, toPromise } from "xstate";
import type { RecorderInput } from "../../machines/meeting.ts";
import { recorder } from "../../src/meeting/recorder.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-recorder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const obey = (input: RecorderInput, at = folder) => {
  const actor = createActor(recorder({ folder: at }), { input });
  const outcome = toPromise(actor);
  actor.start();
  return outcome;
};
const manifest = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(folder, file), "utf8"));
const start: RecorderInput = { do: "start", room: "weekly", at: 7 };
const spans = [{ user: "mia", name: "Mia", from: 8, to: 9 }];
const stop: RecorderInput = { do: "stop", room: "weekly", at: 10, startedAt: 7, spans };
const complete = { room: "weekly", startedAt: 7, stoppedAt: 10, spans, state: "complete" };

test("[recorder] a start writes a manifest, the stop completes the same file, and nothing else is left", async () => {
  expect(await obey(start)).toEqual({ file: "weekly-7.json" });
  expect(await manifest("weekly-7.json")).toEqual({ room: "weekly", startedAt: 7, state: "recording" });
  expect(await obey(stop)).toEqual({ file: "weekly-7.json" });
  expect(await manifest("weekly-7.json")).toEqual(complete);
  expect(await readdir(folder)).toEqual(["weekly-7.json"]);
});

test("[L4] orders obeyed twice, even at once, give the same file", async () => {
  await Promise.all([obey(start), obey(start), obey(start)]);
  const outcomes = await Promise.all([obey(stop), obey(stop), obey(stop)]);
  expect(outcomes).toEqual([{ file: "weekly-7.json" }, { file: "weekly-7.json" }, { file: "weekly-7.json" }]);
  expect(await manifest("weekly-7.json")).toEqual(complete);
  expect(await readdir(folder)).toEqual(["weekly-7.json"]);
});

test("[L4] a start that comes after the stop does not undo the recording", async () => {
  await obey(stop);
  expect(await obey(start)).toEqual({ file: "weekly-7.json" });
  expect(await manifest("weekly-7.json")).toEqual(complete);
});

test("[recorder] room ids never leave the folder, and two rooms never share a file", async () => {
  const rooms = ["../../etc/passwd", "a/b", "a_b", "a.b", "..", "", "é", "x".repeat(300), `${"x".repeat(299)}y`];
  const files = await Promise.all(rooms.map(async (room) => (await obey({ do: "start", room, at: 7 })).file));
  expect(new Set(files).size).toBe(rooms.length);
  expect((await readdir(folder)).sort()).toEqual([...files].sort());
});

test("[recorder] a failure rejects with words for people, without the server's folders", async () => {
  const taken = join(folder, "a-file");
  await writeFile(taken, "");
  const error = await obey(stop, taken).then(
    () => expect.unreachable("a file is no folder"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toMatch(/^Error: The recording could not be saved \(E[A-Z]+\)\.$/);
  expect(error).toHaveProperty("cause.code");
  expect(await readdir(folder)).toEqual(["a-file"]);
});
