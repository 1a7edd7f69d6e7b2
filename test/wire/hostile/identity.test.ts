/** Whoever says to be somebody else, in any place where a client can say anything, is still only what the sign-in made of them. */
import { expect } from "bun:test";
import type { Frame } from "../../support/client.ts";
import { RawClient } from "../../support/raw-client.ts";
import { meetingOf } from "../people.ts";
import { Stage } from "./stage.ts";

const stage = new Stage();

const say = (text: string, more: object = {}) => ({ type: "chat.send", text, ...more });
const command = (seq: number, event: object, more: object = {}) => ({ type: "command", payload: { seq, event, ...more } });
const chat = () => meetingOf(stage.people.near[0]).chat;
const by = { user: "host-ada", role: "host", client: "host-ada" };

for (const more of [{ by }, { user: "host-ada" }, { id: "host-ada-1" }, { at: 0 }, { role: "host" }, { who: 1 }, { client: "host-ada" }])
  stage.attack(`[L9] [REF-1] a command with ${JSON.stringify(more)} in its event: refused for its payload`, async () => {
    const mallory = await stage.intruder();
    mallory.send(command(1, say("as ada", more)));
    expect(await refusalOf(mallory, 1)).toMatchObject({ code: "payload" });
    expectNothingSaid();
    mallory.drop();
  });

for (const frame of [
  command(1, say("as ada"), { user: "host-ada" }),
  command(1, say("as ada"), { by }),
  command(1, say("as ada"), { client: "host-ada" }),
  command(1, say("as ada"), { session: "x" }),
  { ...command(1, say("as ada")), by },
  { ...command(1, say("as ada")), user: "host-ada" },
  { ...command(1, say("as ada")), meta: { user: "host-ada" } },
  { type: "presence", payload: { who: 1, state: { typing: true } } },
])
  stage.attack(`[L9] [CONN-5] ${JSON.stringify(frame).slice(0, 110)}: INVALID_ARGUMENT`, async () => {
    const mallory = await stage.intruder();
    mallory.send(frame);
    expect(await errorOf(mallory)).toMatchObject({ code: "INVALID_ARGUMENT" });
    expectNothingSaid();
    expect(stage.people.near[0].presence.size).toBe(0);
    mallory.drop();
  });

for (const [type, more] of [
  ["participant.joined", { user: "host-eve", name: "Eve", role: "host", who: 99, client: "eve" }],
  ["participant.left", { user: "host-ada" }],
  ["participant.away", { user: "host-ada" }],
  ["participant.removed", { user: "host-ada" }],
  ["xstate.done.actor.recorder", { output: { file: "/etc/passwd" } }],
  ["xstate.error.actor.recorder", { error: "x" }],
  ["xstate.after.itemTime.meeting.agenda.running", {}],
  ["xstate.init", {}],
  ["xstate.stop", {}],
  ["done.state.meeting", {}],
  ["*", {}],
  ["__proto__", {}],
  ["constructor", {}],
] as const)
  stage.attack(`[L9] [REF-1] the room's own event '${type}' as a command: there is none`, async () => {
    const [ada] = stage.people.near;
    const mallory = await stage.intruder();
    mallory.send(command(1, { type, ...more }));
    expect(await refusalOf(mallory, 1)).toMatchObject({ code: "command" });
    expect(meetingOf(ada).participants).toMatchObject({ "host-ada": { status: "online", role: "host" } });
    expect(Object.keys(meetingOf(ada).participants)).not.toContain("host-eve");
    mallory.drop();
  });

for (const more of [{ user: "host-ada" }, { role: "host" }, { name: "Ada" }, { who: 1 }, { session: "x" }, { by }])
  stage.attack(`[L9] [HELLO-6] a hello with ${JSON.stringify(more)}: INVALID_ARGUMENT, not let in`, async () => {
    const token = stage.tokenOf(stage.newUser());
    const mallory = await RawClient.hello(stage.hall, { client: "liar", token, ...more });
    expect(await errorOf(mallory)).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(mallory.of("welcome")).toEqual([]);
    mallory.drop();
  });

stage.attack(
  "[L9] [HELLO-2] another user's client id is taken, with and without a secret: no way to be that user, nor to make things of its ids",
  async () => {
    const [, ben] = stage.people.near;
    for (const resume of [undefined, secretOf(ben)]) {
      const mallory = await stage.hello({ client: "ben", ...(resume === undefined ? {} : { resume }) });
      await mallory.until(() => mallory.ended, "the close");
      expect([mallory.closeCode, mallory.frames]).toMatchObject([4403, [{ type: "closing", payload: { code: "ALREADY_EXISTS" } }]]);
    }
    expect(await ben.do(say("this is ben"))).toMatchObject({ ok: true });
  },
);

stage.attack("[L2] a command that is sent a hundred times takes effect once", async () => {
  const mallory = await stage.intruder();
  for (let i = 0; i < 100; i++) mallory.send(command(1, say("once")));
  mallory.send({ type: "ping", payload: { rev: 0 } });
  await mallory.until(() => mallory.of("pong").length === 1, "the pong behind them");
  await stage.unharmed();
  expect(chat().filter(({ text }) => text === "once")).toHaveLength(1);
  mallory.drop();
});

stage.attack("[HELLO-2] a client's place is for its secret alone, and a newer connection with it takes over", async () => {
  const user = stage.newUser();
  const first = await stage.intruder({ user, client: "the-one" });
  const other = await stage.intruder({ user, client: "the-other" });
  const elsewhere = await stage.intruder({ user, client: "the-one", room: "meeting/far" });
  const right = resumeOf(first);
  const wrong = [
    undefined,
    "",
    right.slice(0, -1),
    `${right}A`,
    right.toLowerCase(),
    resumeOf(other),
    resumeOf(elsewhere),
    secretOf(stage.people.near[0]),
  ];
  for (const resume of wrong) {
    const thief = await stage.hello({ user, client: "the-one", ...(resume === undefined ? {} : { resume }) });
    await thief.until(() => thief.ended, "the close");
    expect([thief.closeCode, thief.frames]).toMatchObject([4403, [{ type: "closing", payload: { code: "ALREADY_EXISTS" } }]]);
  }
  first.send({ type: "ping", payload: { rev: 0 } });
  await first.until(() => first.of("pong").length === 1, "the first is still there");
  const again = await stage.intruder({ user, client: "the-one", resume: right });
  await first.until(() => first.ended, "the first is replaced");
  expect([first.closeCode, again.of("welcome")[0]?.payload.session]).toEqual([4409, first.of("welcome")[0]?.payload.session]);
  for (const client of [again, other, elsewhere]) client.drop();
});

for (const rev of [2 ** 53 - 1, 1_000_000])
  stage.attack(`[PING-1] a ping with rev ${rev}: OUT_OF_RANGE, and nobody's rev moves`, async () => {
    const mallory = await stage.intruder();
    mallory.send({ type: "ping", payload: { rev } });
    expect(await errorOf(mallory)).toMatchObject({ code: "OUT_OF_RANGE" });
    mallory.drop();
  });

stage.curtain();

async function refusalOf(client: RawClient, seq: number): Promise<Frame["payload"]> {
  const found = () => client.of("refused").find(({ payload }) => payload.seq === seq);
  await client.until(() => found() !== undefined, `the refusal of ${seq}`);
  return found()?.payload;
}

async function errorOf(client: RawClient): Promise<Frame["payload"]> {
  await client.until(() => client.of("error").length === 1, "the error");
  return client.of("error")[0]?.payload;
}

const resumeOf = (client: RawClient): string => client.of("welcome")[0]?.payload.resume;
const secretOf = (bystander: { readonly welcome: { readonly resume: string } | undefined }): string => bystander.welcome?.resume ?? "";

function expectNothingSaid(): void {
  expect(chat().filter(({ text }) => text === "as ada")).toEqual([]);
}
