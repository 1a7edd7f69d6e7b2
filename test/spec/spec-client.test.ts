/** SPEC.md is enough to write a client: this one was written from it, and here it talks to a real server. */
import { expect, test } from "bun:test";
import { testServer } from "../support/server.ts";
import { clientOf, expectEqual, expectServed, pair, say, stateOf, texts, took } from "./spec-people.ts";
import { SpecSocket } from "./spec-socket.ts";

test("[WEL-1] a hello is answered by the welcome, then by the snapshot that it names, then by deltas", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  expect(ann.socket.frames.map(({ type }) => type)).toEqual(["welcome", "snapshot", "delta"]);
  expect(await ann.socket.next("snapshot")).toMatchObject({ rev: 1, reason: "first" });
  const joined = { type: "participant.joined", user: "guest-bob", name: "Bob", role: "member", who: 2, client: "bob" };
  expect(await ann.socket.next("delta")).toMatchObject({ from: 1, to: 2, ops: [[2, 0, joined]] });
  expect(ann.state?.roster.map(({ who, client }) => `${who} ${client}`)).toEqual(["1 hostann", "2 bob"]);
  await expectEqual(ann, bob);
});

test("[CMD-3] a command's fate is its op, which every client sees and its machine carries out", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  expect(await ann.fate(ann.command({ type: "meeting.start" }))).toEqual(took);
  const seq = bob.command(say("hi"));
  expect(await bob.fate(seq)).toEqual(took);
  const { ops } = await ann.socket.next("delta", ({ to }) => to === 4);
  expect(ops).toEqual([[2, seq, say("hi")]]);
  expect(stateOf(ann).chat).toMatchObject([{ id: `bob-${seq}`, user: "guest-bob", name: "Bob", text: "hi", at: ann.state?.at }]);
  expect(ann.state?.value).toMatchObject({ phase: "live" });
  await expectEqual(ann, bob);
  await expectServed(ann);
});

test("[REF-1] a refusal says why, changes nothing, and is told again for the same seq", async () => {
  await using running = await testServer();
  const [ann] = await pair(running);
  await ann.fate(ann.command({ type: "meeting.start" }));
  const { rev, text } = ann;
  for (const [event, why] of [
    [{ type: "floor.yield" }, { code: "guard", guard: "isSpeaker" }],
    [{ type: "meeting.start" }, { code: "state", acceptedIn: ["phase.lobby"] }],
    [{ type: "chat.send" }, { code: "payload" }],
    [{ type: "no.such" }, { code: "command" }],
  ] as const) {
    const seq = ann.command(event);
    expect(await ann.fate(seq)).toMatchObject({ took: false, refused: { seq, rev, ...why, reason: expect.stringMatching(/\w/) } });
    const first = await ann.socket.next("refused");
    ann.socket.send("command", { seq, event });
    expect(await ann.socket.next("refused")).toEqual(first);
  }
  expect({ rev: ann.rev, text: ann.text }).toEqual({ rev, text });
  await expectServed(ann);
});

test("[WEL-2] a client that comes back is resumed by deltas, and its open commands take effect exactly once", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  await ann.fate(ann.command(say("heard")));
  ann.socket.onFrame = () => undefined; // it hears no fate from here on
  const refused = ann.command({ type: "floor.yield" });
  const unheard = ann.command(say("unheard"));
  await bob.until(() => texts(bob).includes("unheard"), "what the first client did not hear of");
  await ann.socket.cut();
  const offline = ann.command(say("offline"));
  await bob.fate(bob.command(say("missed")));
  const { rev } = ann;
  expect([...ann.open.keys()]).toEqual([refused, unheard, offline]);

  expect(await ann.join()).toMatchObject({ recovered: "resumed", acked: unheard, refused: [{ seq: refused, guard: "isSpeaker" }] });
  expect(await ann.fate(refused)).toMatchObject({ took: false, refused: { code: "guard" } });
  expect(await Promise.all([ann.fate(unheard), ann.fate(offline)])).toEqual([took, took]);
  expect(ann.socket.frames.filter(({ type }) => type === "snapshot")).toEqual([]);
  const deltas = ann.socket.frames.flatMap(({ type, payload }) => (type === "delta" ? [[payload.from, payload.to] as const] : []));
  expect(deltas.map(([from]) => from)).toEqual([rev, ...deltas.slice(0, -1).map(([, to]) => to)]);
  await expectEqual(ann, bob);
  expect(texts(ann)).toEqual(["heard", "unheard", "missed", "offline"]);
  await expectServed(ann);
});

test("[WEL-3] a client whose fates are forgotten is told so, and goes on with new seqs", async () => {
  await using running = await testServer({ limits: { fateClientsMax: 1 } });
  const [ann, bob] = await pair(running);
  ann.socket.onFrame = () => undefined;
  const unheard = ann.command(say("unheard"));
  await bob.until(() => texts(bob).includes("unheard"), "what the first client did not hear of");
  ann.socket.send("bye", {});
  await ann.socket.untilClosed();
  await bob.fate(bob.command(say("newer")));
  expect(await ann.join()).toMatchObject({ acked: null });
  expect(await ann.fate(unheard)).toBe("unknown");
  expect(await ann.fate(ann.command(say("next")))).toEqual(took);
  await expectEqual(ann, bob);
  expect(texts(ann)).toEqual(["unheard", "newer", "next"]);
});

test("[HELLO-2] a client id belongs to whoever has its resume secret", async () => {
  await using running = await testServer();
  const [ann] = await pair(running);
  for (const resume of ["wrong", undefined]) {
    const thief = await SpecSocket.open(running.url());
    thief.send("hello", { ...hello, client: "hostann", token: "HostAnn", resume });
    expect(await thief.next("closing")).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(await thief.untilClosed()).toEqual({ code: 4403 });
  }
  expect(await alive(ann.socket, ann.rev)).toBe(ann.rev);
});

test("[CMD-2] a gap in the seqs is answered once, and what comes again in order takes effect", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  const lost = ann.keep(say("first"));
  const seqs = [lost, ann.command(say("second")), ann.command(say("third"))];
  expect(await Promise.all(seqs.map((seq) => ann.fate(seq)))).toEqual([took, took, took]);
  expect(ann.socket.frames.filter(({ type }) => type === "error").map(({ payload }) => payload)).toMatchObject([{ code: "OUT_OF_RANGE", seq: lost }]); // biome-ignore format: one thought
  await expectEqual(ann, bob);
  expect(texts(bob)).toEqual(["first", "second", "third"]);
});

test("[PRES-2] presence is set, replaced and gone, and whoever comes gets all of it", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  bob.socket.send("presence", { state: { typing: true } });
  await ann.until(() => ann.presence.size === 1, "presence");
  const cid = clientOf(running, "Cid");
  await cid.join();
  await cid.until(() => cid.presence.size === 1, "presence of those who were there");
  expect([...cid.presence]).toEqual([[2, { typing: true }]]);
  bob.socket.send("presence", { state: { typing: false, cursor: [1, 2] } });
  await ann.until(() => Bun.deepEquals(ann.presence.get(2), { typing: false, cursor: [1, 2] }), "the new presence");
  bob.socket.send("presence", { state: null });
  await ann.until(() => ann.presence.size === 0, "the presence to go");
});

test("[PING-2] a ping is answered by the room's rev; a rev that is yet to come is out of range", async () => {
  await using running = await testServer();
  const [ann] = await pair(running);
  expect(await alive(ann.socket, 1)).toBe(ann.rev);
  ann.socket.send("ping", { rev: ann.rev + 1 });
  expect(await ann.socket.next("error")).toMatchObject({ code: "OUT_OF_RANGE", retryable: false });
  expect(await alive(ann.socket, ann.rev)).toBe(ann.rev);
});

test("[BYE-1] bye gives up the place at once", async () => {
  await using running = await testServer();
  const [ann, bob] = await pair(running);
  const { rev } = bob;
  bob.socket.send("bye", {});
  expect(await bob.socket.untilClosed()).toEqual({ code: 1000 });
  await ann.until(() => ann.rev === rev + 1, "the leave");
  expect(ann.state?.roster.map(({ client }) => client)).toEqual(["hostann"]);
  expect(Object.keys(stateOf(ann).participants)).toEqual(["guest-hostann"]);
  await expectServed(ann);
});

test("[CLOSE-2] another protocol is closed with 1002", async () => {
  await using running = await testServer();
  const socket = await SpecSocket.open(running.url());
  socket.send("hello", { ...hello, protocol: 2 });
  expect((await socket.next("closing")).reason).toMatch(/\w/);
  expect(await socket.untilClosed()).toEqual({ code: 1002 });
});

test("[HELLO-1] no frame is taken before the hello, and no second hello", async () => {
  await using running = await testServer();
  const socket = await SpecSocket.open(running.url());
  socket.send("command", { seq: 1, event: say("too early") });
  expect(await socket.next("error")).toMatchObject({ retryable: false });
  socket.send("hello", hello);
  expect(await socket.next("welcome")).toMatchObject({ acked: 0, recovered: "first" });
  socket.send("hello", hello);
  expect(await socket.next("error")).toMatchObject({ retryable: false });
  expect(await alive(socket, 1)).toBe(1);
});

test("[CONN-5] unknown keys are refused, [CONN-6] so are unknown frames and what is no JSON, and the connection lives", async () => {
  await using running = await testServer();
  const [{ socket, rev }] = await pair(running);
  for (const send of [
    () => socket.send("nonsense", {}),
    () => socket.send("ping", { rev, more: 1 }),
    () => socket.send("ping", { rev }, { meta: { more: 1 } }),
    () => socket.send("command", { seq: 1, event: say("x"), more: 1 }),
    () => socket.sendText("no JSON"),
  ]) {
    send();
    expect(await socket.next("error")).toMatchObject({ retryable: false });
  }
  expect(await alive(socket, rev)).toBe(rev);
  for (let i = 0; i < 100; i++) socket.send("nonsense", {});
  expect(await socket.untilClosed()).toEqual({ code: 1008 });
});

const hello = { protocol: 1, client: "raw", machine: 1, nextSeq: 1, token: "Raw" };

async function alive(socket: SpecSocket, rev: number): Promise<number> {
  socket.send("ping", { rev });
  return (await socket.next("pong")).rev;
}
