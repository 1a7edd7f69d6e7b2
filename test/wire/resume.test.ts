import { describe, expect, test } from "bun:test";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient, together } from "../support/client.ts";
import { testServer } from "../support/server.ts";

const fast = { limits: { commandsBurst: 10_000, commandsPerSecond: 100_000 } };
const say = (text: string) => ({ type: "chat.send", text });

describe("order and fates", () => {
  test("[L5] [CMD-3] 2,000 commands on one socket are decided in the order sent", async () => {
    await using running = await testServer(fast);
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    const sent = Array.from({ length: 2_000 }, (_, i) => ada.send(say(`n${i}`)));
    await ben.until(() => ben.rev === 2_002, "2,000 ops");
    const heard = ben
      .of("delta")
      .flatMap(({ payload }) => payload.ops.map((op: [number, number, { text?: string }]) => [op[1], op[2].text]));
    expect(heard.filter(([seq]) => seq > 0)).toEqual(sent.map((seq, i) => [seq, `n${i}`]));
    await ada.until(() => ada.rev === 2_002, "all of them");
    expect(ada.state).toBe(ben.state);
    expect([ada.gaps, ben.gaps]).toEqual([0, 0]);
  });

  test("[CMD-2] [L2] [L10] the same seq again gets its old fate, in this connection and the next, accepted or refused", async () => {
    await using running = await testServer();
    const first = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    expect(await first.do(say("once"))).toMatchObject({ ok: true, rev: 2 });
    expect(await first.do({ type: "meeting.start" })).toMatchObject({ ok: false, code: "guard", guard: "isHost" });
    const events = [say("once"), { type: "meeting.start" }];
    let connection = first;
    for (let round = 0; round < 2; round++) {
      const from = connection.frames.length;
      events.forEach((event, i) => {
        connection.raw({ type: "command", payload: { seq: i + 1, event } });
      });
      const refused = await connection.next("refused", from);
      expect(refused.payload).toMatchObject({ seq: 2, code: "guard", guard: "isHost" });
      const acked = connection.frames.slice(from).find(({ type, payload }) => type === "delta" && payload.ops.length === 0)?.payload;
      expect(acked).toMatchObject({ ops: [], acked: 2 });
      connection.vanish();
      await connection.end();
      // The client says that both are open, so both have to be told.
      connection = connection.resumed(running.url(), { openSeq: 1 });
      await connection.until(() => connection.welcome !== undefined, "the welcome");
      expect(connection.welcome).toMatchObject({ acked: 2, refused: [{ seq: 2, code: "guard", guard: "isHost" }] });
    }
    expect(running.server.stats()["duplicates"]).toBe(4);
    const texts = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    expect(texts.state.match(/once/g)).toHaveLength(1);
  });

  test("[CMD-2] a gap is told once, what follows is ignored, and the client goes on from there", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    for (const seq of [2, 3, 4]) ada.raw({ type: "command", payload: { seq, event: say(`${seq}`) } });
    expect((await ada.next("error", 0)).payload).toMatchObject({ code: "OUT_OF_RANGE", seq: 1 });
    for (const seq of [1, 2, 3, 4]) ada.raw({ type: "command", payload: { seq, event: say(`${seq}`) } });
    await ada.until(() => ada.fates.has(4), "the last fate");
    expect(ada.of("error")).toHaveLength(1);
    expect(ada.rev).toBe(5);
  });

  test("[CMD-4] over the rate the seq is not used up, and go-back-N loses nothing", async () => {
    await using running = await testServer({ limits: { commandsBurst: 5, commandsPerSecond: 100 } });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const events = Array.from({ length: 20 }, (_, i) => say(`n${i}`));
    events.forEach((event, i) => {
      ada.raw({ type: "command", payload: { seq: i + 1, event } });
    });
    let errors = 0;
    while (!ada.fates.has(20)) {
      await ada.until(() => ada.fates.has(20) || ada.of("error").length > errors, "an error or the end");
      if (ada.fates.has(20)) break;
      const { payload } = ada.of("error").at(errors++) ?? {};
      expect(payload).toMatchObject({ code: "RESOURCE_EXHAUSTED", retryable: true });
      expect(payload.retryAfterMs).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, payload.retryAfterMs)); // what the server asks for
      for (let seq = payload.seq; seq <= 20; seq++) ada.raw({ type: "command", payload: { seq, event: events[seq - 1] } });
    }
    expect(errors).toBeGreaterThan(0);
    expect([...ada.state.matchAll(/"n\d+"/g)].map(([text]) => text)).toEqual(events.map(({ text }) => `"${text}"`));
  });
});

describe("[WEL-2] resume", () => {
  test("within the ring: only what was missed, in bytes proportional to it", async () => {
    await using running = await testServer(fast);
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    for (let i = 0; i < 500; i++) ada.send(say(`before ${i}`));
    await ben.until(() => ben.rev === 502, "all ops");
    ben.vanish();
    await ben.end();
    const bytes: number[] = [];
    let place: TestClient = ben;
    for (const missed of [1, 10, 100]) {
      await ada.until(() => ada.fates.has(ada.seq), "the last fate");
      const from = ada.rev;
      for (let i = 0; i < missed; i++) ada.send(say(`missed ${i}`));
      await ada.until(() => ada.rev >= from + missed, "missed ops");
      const back = place.resumed(running.url());
      await back.until(() => back.rev >= from + missed, "what was missed");
      expect(back.welcome?.recovered).toBe("resumed");
      expect(back.of("snapshot")).toEqual([]);
      bytes.push(back.bytesIn - JSON.stringify(back.frames[0]).length);
      await together(ada, back);
      expect(back.state).toBe(ada.state);
      expect(back.gaps).toBe(0);
      back.vanish();
      await back.end();
      place = back;
    }
    const [one = 0, ten = 0, hundred = 0] = bytes;
    expect(hundred - ten).toBeLessThan(90 * 80);
    expect(ten).toBeLessThan(one + 9 * 80 + 200);
    expect(hundred).toBeLessThan(100 * 80 + 800);
  });

  test("beyond the ring: one snapshot, with its reason", async () => {
    await using running = await testServer({ limits: { ...fast.limits, ringOpsMax: 50 } });
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    ben.vanish();
    await ben.end();
    for (let i = 0; i < 60; i++) ada.send(say(`n${i}`));
    await ada.until(() => ada.fates.has(60), "the last fate");
    const back = ben.resumed(running.url());
    await back.until(() => back.rev >= ada.rev, "up to date");
    expect(back.welcome?.recovered).toBe("beyondRing");
    expect(back.of("snapshot").map(({ payload }) => payload.reason)).toEqual(["beyondRing"]);
    await together(ada, back);
    expect(back.state).toBe(ada.state);
    expect(running.server.stats()).toMatchObject({ "resume.beyondRing": 1, "snapshot.beyondRing": 1 });
  });

  test("another epoch, a rev ahead, another version: each by its name", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const epoch = ada.epoch;
    for (const [client, since, machine, recovered] of [
      ["b", { epoch: "another", rev: 1 }, 1, "otherEpoch"],
      ["c", { epoch, rev: 1_000 }, 1, "ahead"],
      ["d", { epoch, rev: 1 }, 7, "version"],
      ["e", { epoch, rev: 1 }, 1, "resumed"],
    ] as const) {
      const joined = new TestClient(meeting, running.url(), { client, token: "Ben", since, machine });
      await joined.until(() => joined.welcome !== undefined, "the welcome");
      expect(joined.welcome?.recovered).toBe(recovered);
      if (recovered !== "resumed") expect((await joined.next("snapshot", 0)).payload.reason).toBe(recovered);
      expect(joined.welcome?.mode).toBe(recovered === "version" ? "patches" : "events");
    }
    expect(running.alarms.map(({ code }) => code)).toEqual(["ahead"]);
    expect(ada.epoch).toBe(epoch);
  });

  test("[HELLO-3] [DELTA-5] a client of another version is served patches of the same state", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Host Ada" });
    const old = new TestClient(meeting, running.url(), { client: "o", token: "Ora", machine: 9 });
    await old.until(() => old.snapshot !== undefined, "the snapshot");
    await ada.do({ type: "meeting.start" });
    old.send(say("from an old client"));
    expect(await old.fate(1)).toMatchObject({ ok: true });
    const { payload } = old.of("delta").findLast(({ payload }) => payload.patches?.length > 0) ?? {};
    expect(payload.patches).toMatchObject([
      { op: "replace", path: "/at" },
      { op: "add", path: "/context/meeting/chat/0", value: { text: "from an old client" } },
    ]);
    expect(payload.ops).toBeUndefined();
    await ada.until(() => ada.state.includes("from an old client"), "the message");
    const { value, context } = payload.document;
    expect(JSON.stringify([value, context])).toBe(JSON.stringify([ada.snapshot?.value, ada.snapshot?.context]));
  });

  test("[SYNC-1] a resync is answered by a snapshot with its reason, and the rate is bounded", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    for (let i = 0; i < 5; i++) ada.raw({ type: "resync", payload: { reason: "gap" } });
    await ada.until(() => ada.of("error").length === 2, "two refusals");
    expect(ada.of("error")[0]?.payload).toMatchObject({ code: "RESOURCE_EXHAUSTED", retryable: true });
    expect(ada.of("snapshot").map(({ payload }) => payload.reason)).toEqual(["first", "gap", "gap", "gap"]);
  });
});

describe("[DELTA-7] cues", () => {
  test("ride the live delta, are in no snapshot, and are not repeated on resume", async () => {
    await using running = await testServer();
    const ada = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    const ben = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
    await ada.do({ type: "react", emoji: "🎉" });
    await ben.until(() => ben.rev === 3, "the op");
    expect(ben.of("delta").at(-1)?.payload.cues).toEqual([{ type: "reaction", user: "guest-a", emoji: "🎉" }]);
    const { since, ...place } = ben.place;
    ben.vanish();
    await ben.end();
    const back = new TestClient(meeting, running.url(), { ...place, since: { epoch: since?.epoch ?? "", rev: 2 } });
    await back.until(() => back.rev >= 3, "the missed op");
    expect(back.of("delta").map(({ payload }) => payload.cues)).toEqual(back.of("delta").map(() => undefined));
    const cyn = await TestClient.join(meeting, running.url(), { client: "c", token: "Cyn" });
    expect(JSON.stringify(cyn.frames)).not.toContain("🎉");
  });
});
