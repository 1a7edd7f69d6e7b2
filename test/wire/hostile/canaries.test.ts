/** Each check of the stage fails when there is something to find: a server that is made to misbehave, and bystanders who are made to suffer. */
import { describe, expect, test } from "bun:test";
import { TestClient } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { Bystanders } from "./bystanders.ts";
import { sabotage } from "./sabotage.ts";
import { Stage, wrongLines } from "./stage.ts";

const stage = new Stage();
/** It does not replay: what is done to the server must not be done to the tests. */
const saboteur = () =>
  TestClient.join(sabotage, stage.victim.url("sabotage/s"), {
    client: stage.newUser(),
    token: "as:saboteur:of-no-interest",
    replay: false,
  });
const wrongs = () => wrongLines(stage.victim.printed.out, stage.victim.printed.err, stage.secrets);

describe("canaries", () => {
  test("[L13] a secret in the log is found", async () => {
    expect(wrongs()).toEqual([]);
    const mallory = await stage.intruder({ kind: "loose" });
    await eventually(() => wrongs().length > 0, "a line with the secret");
    expect(wrongs()).toEqual([expect.stringContaining("signed in with loose:")]);
    mallory.drop();
  });

  test("[L13] lines that are no alarms, that break out of their line, or that nobody expects are found", () => {
    const alarm = JSON.stringify({ level: "error", code: "server", msg: "of s3cret" });
    const listens = JSON.stringify({ level: "info", msg: "Quorate listens on http://127.0.0.1:1/" });
    expect(wrongLines([listens], [alarm], new Set(["another"]))).toEqual([]);
    expect(wrongLines([listens, "hello"], [alarm], new Set(["s3cret"]))).toEqual(["hello", alarm]);
    const err = [`${alarm}\u001b[2J`, "TypeError: x", '{"level":"info"}', '{"level":"error"}'];
    expect(wrongLines([], [alarm, ...err], new Set())).toEqual(err);
  });

  test("[L8] a secret in a frame to somebody else is found", async () => {
    const [ada] = stage.people.near;
    await ada.do({ type: "chat.send", text: "s3cret-that-is-told" });
    expect(await failureOf(stage.people.unharmed(["s3cret-that-is-told"]))).toContain("heard the secret");
    await stage.unharmed();
  });

  test("[L6] a bystander who missed something is found", async () => {
    const others = await Bystanders.arrive(stage.victim, "meeting/a", "meeting/b");
    await others.unharmed([]);
    others.near[0].forgetOneOp();
    expect(await failureOf(others.unharmed([]))).toContain("different states");
    others.leave();
  });

  test("[CONN-6] a bystander who was told of an error, or was closed, is found", async () => {
    const others = await Bystanders.arrive(stage.victim, "meeting/c", "meeting/d");
    others.near[1].raw({ type: "nonsense" });
    await others.near[1].next("error", 0);
    expect(await failureOf(others.unharmed([]))).toContain("was told");
    others.far[0].raw({ type: "bye", payload: {} });
    await others.far[0].end();
    expect(await failureOf(others.unharmed([]))).toContain("was closed with 1000");
    others.leave();
  });

  test("[L13] a server that stands still is found", async () => {
    const slow = await saboteur();
    slow.send({ type: "stall", ms: 1_500 });
    expect(await failureOf(stage.people.unharmed([]))).toMatch(/waited 1000 ms/);
    await slow.fate(slow.seq);
    slow.close();
  });

  test("[L11] memory that grows is found", async () => {
    await stage.unharmed();
    const hoarder = await saboteur();
    const peak = await stage.peakMiB(async () => void (await hoarder.do({ type: "hoard", mebibytes: 200 })));
    expect(peak).toBeGreaterThan(150);
    expect(await failureOf(stage.unharmed())).toMatch(/memory grew by \d+ MiB/);
    hoarder.close();
  });

  test("[L13] a server that has ended is found", async () => {
    const killer = await saboteur();
    killer.send({ type: "exit" });
    await eventually(() => !stage.victim.isAlive, "the end of the process");
    expect(await failureOf(stage.unharmed())).toContain("the server has ended");
  });
});

const failureOf = (check: Promise<void>): Promise<string> =>
  check.then(
    () => "nothing was found",
    (error: unknown) => String(error),
  );
