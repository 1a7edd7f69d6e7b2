/** Before the welcome, and sign-ins that fail, linger, end or change. Nobody acts who is not signed in. */
import { expect } from "bun:test";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { textBytes } from "./frame-bytes.ts";
import { Stage } from "./stage.ts";

const stage = new Stage({
  limits: { helloTimeoutMs: 700, sweepEveryMs: 100 },
  alarms: [/"at":\["at authenticate .*"msg":"failed on hello"/, /"at":\["at authenticate .*"msg":"failed on token"/, /"code":"ahead"/],
});

const evil = { type: "command", payload: { seq: 1, event: { type: "chat.send", text: "evil" } } };
const errorsOf = (client: RawClient) => client.of("error").map(({ payload }) => payload.code);

for (const frame of [
  evil,
  { type: "presence", payload: { state: { typing: true } } },
  { type: "resync", payload: { reason: "asked" } },
  { type: "ping", payload: { rev: 0 } },
  { type: "token", payload: { token: "as:host-x:y" } },
])
  stage.attack(`[HELLO-1] ${frame.type} before the hello: FAILED_PRECONDITION`, async () => {
    const mallory = await RawClient.ask(stage.hall);
    for (let i = 0; i < 3; i++) mallory.send(frame);
    await mallory.until(() => mallory.of("error").length === 3, "three errors");
    expect(errorsOf(mallory)).toEqual(["FAILED_PRECONDITION", "FAILED_PRECONDITION", "FAILED_PRECONDITION"]);
    expect(mallory.frames).toHaveLength(3);
    expectNoEffect();
    mallory.drop();
  });

stage.attack("[HELLO-1] a connection that does nothing but offend before its hello is closed with 1008", async () => {
  const mallory = await RawClient.ask(stage.hall);
  mallory.sendBytes(Array.from({ length: 101 }, () => textBytes(evil)).flat());
  await mallory.until(() => mallory.ended, "the close");
  expect(mallory.closeCode).toBe(1008);
  expectNoEffect();
});

stage.attack("[HELLO-1] a second hello, as somebody else: an error, and still the first", async () => {
  const user = stage.newUser();
  const mallory = await stage.intruder({ user });
  const token = stage.tokenOf(stage.newUser("host"));
  mallory.send({ type: "hello", payload: { protocol: 1, client: "second", machine: 1, nextSeq: 1, token } });
  mallory.send({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "as the first" } } });
  await mallory.until(() => mallory.of("delta").some(({ payload }) => payload.acked === 1 || payload.ops.some((op: unknown[]) => op[1] === 1)), "the op"); // biome-ignore format: one thought
  expect(errorsOf(mallory)).toEqual(["FAILED_PRECONDITION"]);
  expect(mallory.of("welcome")).toHaveLength(1);
  await stage.people.near[0].until(() => meetingOf(stage.people.near[0]).chat.some((message) => message.user === user), "the message");
  mallory.drop();
});

stage.attack("[HELLO-1] thirty hellos in one packet: one welcome", async () => {
  const users = Array.from({ length: 30 }, () => stage.newUser());
  const mallory = await RawClient.ask(stage.hall);
  const hellos = users.map((user) => ({ protocol: 1, client: user, machine: 1, nextSeq: 1, token: stage.tokenOf(user) }));
  mallory.sendBytes(hellos.flatMap((payload) => textBytes({ type: "hello", payload })));
  await mallory.until(() => mallory.of("snapshot").length === 1 && mallory.of("error").length === 29, "one welcome, 29 errors");
  expect(mallory.of("welcome").map(({ payload }) => payload.user)).toEqual([users[0]]);
  mallory.drop();
});

stage.attack("[HELLO-1] a hello after its time: closed with 4408, and not let in", async () => {
  const mallory = await RawClient.ask(stage.hall);
  await mallory.until(() => mallory.closeCode !== undefined, "the close");
  mallory.send({ type: "hello", payload: { protocol: 1, client: "late", machine: 1, nextSeq: 1, token: stage.tokenOf("late") } });
  await mallory.until(() => mallory.ended, "the end");
  expect([mallory.closeCode, mallory.of("welcome")]).toEqual([4408, []]);
});

const refused: readonly (readonly [title: string, code: number, why: string, hello: { kind?: string; user?: string; token?: unknown }])[] =
  [
    ["no token", 4401, "UNAUTHENTICATED", { token: undefined }],
    ["an empty token", 4401, "UNAUTHENTICATED", { token: "" }],
    ["an expired token", 4401, "UNAUTHENTICATED", { kind: "expired" }],
    ["a token of nobody", 4401, "UNAUTHENTICATED", { token: "as::x" }],
    ["a user who may not enter this room", 4403, "PERMISSION_DENIED", { user: "barred-bob" }],
    ["a sign-in that throws", 1011, "INTERNAL", { kind: "throwing" }],
    ["a sign-in that never answers", 4408, "DEADLINE_EXCEEDED", { kind: "endless" }],
  ];
for (const [title, code, why, hello] of refused)
  stage.attack(`[HELLO-6] [HELLO-7] ${title}: ${why}, ${code}, and a command sent meanwhile has no effect`, async () => {
    const mallory = await stage.hello(hello);
    mallory.send(evil);
    await mallory.until(() => mallory.ended, "the close");
    expect([mallory.closeCode, mallory.frames.at(-1)]).toMatchObject([code, { type: "closing", payload: { code: why } }]);
    expect(JSON.stringify(mallory.frames)).not.toMatch(/list of users|\.ts|quorate\.config/);
    expect(mallory.of("welcome")).toEqual([]);
    expectNoEffect();
  });

stage.attack("[HELLO-1] a slow sign-in: frames sent meanwhile are refused, the welcome comes, and then they are taken", async () => {
  const user = stage.newUser();
  const mallory = await stage.hello({ user, kind: "slow" });
  for (let i = 0; i < 10; i++) mallory.send(evil);
  await mallory.until(() => mallory.of("snapshot").length === 1, "the snapshot");
  expect(errorsOf(mallory)).toEqual(Array<string>(10).fill("FAILED_PRECONDITION"));
  expectNoEffect();
  mallory.send({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "fair" } } });
  await stage.people.near[0].until(() => meetingOf(stage.people.near[0]).chat.some((message) => message.user === user), "the message");
  mallory.drop();
});

stage.attack("[HELLO-1] gone while a slow sign-in is asked: nobody ever joined", async () => {
  const users = Array.from({ length: 5 }, () => stage.newUser());
  for (const user of users) (await stage.hello({ user, kind: "slow" })).drop();
  await stage.intruder({ kind: "slow" }).then((last) => last.drop());
  const heard = JSON.stringify(stage.people.near[0].frames);
  expect(users.filter((user) => heard.includes(`"${user}"`))).toEqual([]);
});

stage.attack("[TOKEN-5] a sign-in that ends while its user keeps sending: closed with 4401, nothing is taken afterwards", async () => {
  const user = stage.newUser();
  const mallory = await stage.intruder({ user, kind: "brief" });
  const { expiresAt } = mallory.of("welcome")[0]?.payload ?? {};
  let seq = 0;
  const sending = setInterval(() => mallory.send({ type: "command", payload: { seq: ++seq, event: { type: "chat.send", text: `${seq}` } } }), 30); // biome-ignore format: one thought
  await mallory.until(() => mallory.ended, "the close");
  clearInterval(sending);
  expect(mallory.closeCode).toBe(4401);
  await stage.people.unharmed([]);
  const times = meetingOf(stage.people.near[0]).chat.filter((message) => message.user === user).map(({ at }) => at); // biome-ignore format: one thought
  expect(times.length).toBeGreaterThan(5);
  expect(Math.max(...times) - expiresAt).toBeLessThan(1_000);
});

stage.attack("[TOKEN-3] a token that was revoked: closed with 4401", async () => {
  const user = stage.newUser();
  const mallory = await stage.intruder({ user, kind: "once" });
  mallory.send({ type: "token", payload: { token: stage.tokenOf(user, "once") } });
  mallory.send({ type: "command", payload: { seq: 1, event: { type: "chat.send", text: "the last word" } } });
  await mallory.until(() => mallory.ended, "the close");
  expect(mallory.closeCode).toBe(4401);
});

const renewals: readonly (readonly [title: string, code: string, token: (user: string) => string])[] = [
  ["another user's token", "PERMISSION_DENIED", () => stage.tokenOf("host-ada-2")],
  ["a token of a host by the name of a member", "PERMISSION_DENIED", (user) => stage.tokenOf(`host-${user}`)],
  ["a token that the sign-in fails on", "INTERNAL", (user) => stage.tokenOf(user, "throwing")],
  ["a token of 8,193 characters", "INVALID_ARGUMENT", (user) => `as:${user}:${"x".repeat(8_193)}`],
];
for (const [title, code, token] of renewals)
  stage.attack(`[TOKEN-2] [L9] ${title}: ${code}, and the session is what it was`, async () => {
    const user = stage.newUser();
    const mallory = await stage.intruder({ user });
    mallory.send({ type: "token", payload: { token: token(user) } });
    await mallory.until(() => mallory.of("error").length === 1, "the error");
    expect(errorsOf(mallory)).toEqual([code]);
    mallory.send({ type: "command", payload: { seq: 1, event: { type: "meeting.end" } } });
    await mallory.until(() => mallory.of("refused").length === 1, "the refusal");
    expect(mallory.of("refused")[0]?.payload).toMatchObject({ code: "guard", guard: "isHost" });
    mallory.drop();
  });

stage.attack("[WEL-2] [ORDER-1] who claims to have more than the server gets a snapshot; nobody else hears of it", async () => {
  const mallory = await stage.hello({ since: { epoch: stage.people.near[0].epoch, rev: 2 ** 53 - 1 } });
  await mallory.until(() => mallory.of("snapshot").length === 1, "the snapshot");
  expect(mallory.of("welcome")[0]?.payload).toMatchObject({ recovered: "ahead", epoch: stage.people.near[0].epoch });
  expect(stage.people.near[0].of("snapshot")).toHaveLength(1);
  mallory.drop();
});

stage.curtain();

function expectNoEffect(): void {
  expect(meetingOf(stage.people.near[0]).chat.map(({ text }) => text)).not.toContain("evil");
}
