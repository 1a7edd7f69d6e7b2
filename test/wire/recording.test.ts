import { expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recorder } from "../../src/meeting/recorder.ts";
import { meeting } from "../../src/meeting/room.ts";
import { serve } from "../../src/room/serve.ts";
import { TestClient, together } from "../support/client.ts";
import { testServer } from "../support/server.ts";

async function recorded(folder: string) {
  const running = await testServer({ rooms: [serve(meeting, { services: { recorder: recorder({ folder }) } })] });
  const host = await TestClient.join(meeting, running.url(), { client: "h", token: "Host" });
  const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
  await host.do({ type: "meeting.start" });
  return { running, host, ben };
}

test("a recording starts and stops on the server, and its manifest says who spoke when", async () => {
  const folder = await mkdtemp(join(tmpdir(), "quorate-recordings-"));
  const { running, host, ben } = await recorded(folder);
  try {
    expect(await ben.do({ type: "recording.start" })).toMatchObject({ ok: false, code: "guard" });
    expect(await host.do({ type: "recording.start" })).toMatchObject({ ok: true });
    await host.until(() => host.state.includes('"recording":"on"'), "the recorder runs");
    const [file = ""] = await readdir(folder);
    expect(JSON.parse(await readFile(join(folder, file), "utf8"))).toMatchObject({ room: "weekly", state: "recording" });
    await ben.do({ type: "floor.take" });
    await ben.do({ type: "floor.yield" });
    await host.do({ type: "recording.stop" });
    await host.until(() => host.state.includes('"recording":"off"'), "it has stopped");
    const manifest = JSON.parse(await readFile(join(folder, file), "utf8"));
    expect(manifest).toMatchObject({ room: "weekly", state: "complete", spans: [{ user: "guest-b", name: "Ben" }] });
    expect(manifest.spans[0].to).toBeGreaterThanOrEqual(manifest.spans[0].from);
    await together(host, ben);
    expect(host.state).toContain(file);
    // The service's results are ops by the room itself, and clients replay them.
    const bySystem = ben
      .of("delta")
      .flatMap(({ payload }) =>
        payload.ops.filter(([who]: [number]) => who === 0).map((op: [number, number, { type: string }]) => op[2].type),
      );
    expect(bySystem).toEqual(["xstate.done.actor.recorder", "xstate.done.actor.recorder"]);
    expect(ben.state).toBe(host.state);
  } finally {
    await running.server.stop();
    await rm(folder, { recursive: true });
  }
});

test("a recorder that fails is told to everyone, and the meeting goes on", async () => {
  const { running, host, ben } = await recorded("/dev/null/nowhere");
  await host.do({ type: "recording.start" });
  await ben.until(
    () => ben.of("delta").some(({ payload }) => payload.cues?.some(({ type }: { type: string }) => type === "recordingFailed")),
    "the cue",
  );
  expect(host.state).toContain('"recording":"off"');
  expect(JSON.stringify(ben.frames)).not.toContain("nowhere");
  expect(await ben.do({ type: "chat.send", text: "still here" })).toMatchObject({ ok: true });
  await running.server.stop();
});
