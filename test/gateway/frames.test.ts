import { describe, expect, test } from "bun:test";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { testServer } from "../support/server.ts";

const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const command = (seq: unknown, event: string) => `{"type":"command","payload":{"seq":${seq},"event":${event}}}`;
const chat = (text: string) => `{"type":"chat.send","text":${text}}`;

/** What is sent, and the code of the answer: of an `error`, of a `refused`, or the number that closes. */
const badFrames: readonly (readonly [name: string, frame: string | Uint8Array<ArrayBuffer>, answer: string | number])[] = [
  ["malformed JSON", '{"type":', "INVALID_ARGUMENT"],
  ["empty text", "", "INVALID_ARGUMENT"],
  ["null", "null", "INVALID_ARGUMENT"],
  ["a number", "42", "INVALID_ARGUMENT"],
  ["an array", "[]", "INVALID_ARGUMENT"],
  ["no type", '{"payload":{}}', "INVALID_ARGUMENT"],
  ["a type that is no text", '{"type":7,"payload":{}}', "INVALID_ARGUMENT"],
  ["unknown type", '{"type":"nope","payload":{}}', "UNIMPLEMENTED"],
  ["a type of Object's", '{"type":"constructor","payload":{}}', "UNIMPLEMENTED"],
  ["a reserved type of the router", '{"type":"$ws:heartbeat","payload":{}}', "UNIMPLEMENTED"],
  ["no payload", '{"type":"command"}', "INVALID_ARGUMENT"],
  ["an array for a payload", '{"type":"command","payload":[]}', "INVALID_ARGUMENT"],
  ["an unknown key beside the payload", '{"type":"ping","payload":{"rev":0},"more":1}', "INVALID_ARGUMENT"],
  ["an unknown key in the payload", '{"type":"ping","payload":{"rev":0,"more":1}}', "INVALID_ARGUMENT"],
  ["a meta that is null", '{"type":"ping","meta":null,"payload":{"rev":0}}', "INVALID_ARGUMENT"],
  ["an unknown key in the meta", '{"type":"ping","meta":{"more":1},"payload":{"rev":0}}', "INVALID_ARGUMENT"],
  ["prototype keys", command(1, '{"type":"chat.send","text":"x","__proto__":{"role":"host"}}'), "INVALID_ARGUMENT"],
  ["prototype keys, escaped", command(1, '{"type":"chat.send","text":"x","\\u005f_proto__":{"role":"host"}}'), "INVALID_ARGUMENT"],
  ["a constructor key", command(1, '{"type":"chat.send","text":"x","constructor":1}'), "INVALID_ARGUMENT"],
  ["100 levels deep", command(1, `{"type":"chat.send","text":${deep(100)}}`), "INVALID_ARGUMENT"],
  ["30,000 levels deep", deep(30_000), "INVALID_ARGUMENT"],
  ["5,001 elements", command(1, `{"type":"chat.send","text":[${Array(5_001).fill(0).join()}]}`), "INVALID_ARGUMENT"],
  ["a lone surrogate", command(1, chat('"\\ud800"')), "INVALID_ARGUMENT"],
  ["a number that is not finite", command(1, chat("1e400")), "INVALID_ARGUMENT"],
  ["minus zero", command("-0", chat('"x"')), "INVALID_ARGUMENT"],
  ["seq 0", command(0, chat('"x"')), "INVALID_ARGUMENT"],
  ["a negative seq", command(-1, chat('"x"')), "INVALID_ARGUMENT"],
  ["a fractional seq", command(1.5, chat('"x"')), "INVALID_ARGUMENT"],
  ["a seq beyond 2^53", command("9007199254740993", chat('"x"')), "INVALID_ARGUMENT"],
  ["a seq that is text", command('"1"', chat('"x"')), "INVALID_ARGUMENT"],
  ["a seq that leaves a gap", command(7, chat('"x"')), "OUT_OF_RANGE"],
  ["an event without a type", command(1, "{}"), "INVALID_ARGUMENT"],
  ["a rev from the future", '{"type":"ping","payload":{"rev":1000000}}', "OUT_OF_RANGE"],
  ["a resync for no reason", '{"type":"resync","payload":{"reason":"bored"}}', "INVALID_ARGUMENT"],
  ["presence that the room does not know", '{"type":"presence","payload":{"state":{"mood":"good"}}}', "INVALID_ARGUMENT"],
  ["presence that is too big", `{"type":"presence","payload":{"state":{"typing":"${"x".repeat(2_000)}"}}}`, "INVALID_ARGUMENT"],
  ["a second hello", '{"type":"hello","payload":{"protocol":1,"client":"z","machine":1,"nextSeq":1}}', "FAILED_PRECONDITION"],
  ["binary", new Uint8Array([1, 2, 3]), "INVALID_ARGUMENT"],
  ["1 MB", `{"type":"command","payload":"${"x".repeat(1_000_000)}"}`, 1009],
  ["an unknown command", command(1, '{"type":"drop.tables"}'), "command"],
  ["a command of Object's", command(1, '{"type":"toString"}'), "command"],
  ["a system event as a command", command(1, '{"type":"participant.left","user":"guest-b"}'), "command"],
  ["a service's result as a command", command(1, '{"type":"xstate.done.actor.recorder","output":{"file":"x"}}'), "command"],
  ["a wrong payload", command(1, '{"type":"chat.send","text":7}'), "payload"],
  ["a spoofed stamp", command(1, '{"type":"chat.send","text":"x","by":{"user":"guest-b","role":"host","client":"b"}}'), "payload"],
  ["a spoofed time", command(1, '{"type":"chat.send","text":"x","at":1}'), "payload"],
  ["a command that is too big", command(1, chat(`"${"x".repeat(20_000)}"`)), "payload"],
];

describe("[CONN-6] [L10] a single bad frame is answered, counted, and changes nothing", () => {
  for (const [name, frame, answer] of badFrames) {
    test(name, async () => {
      await using running = await testServer();
      const healthy = await TestClient.join(meeting, running.url(), { client: "b", token: "Ben" });
      const hostile = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
      await healthy.until(() => healthy.rev === 2, "the join");
      const [room] = running.server.rooms;
      const before = { state: healthy.state, frames: healthy.frames.length };
      if (typeof frame === "string") hostile.raw(frame);
      else hostile.socket.send(frame);
      if (typeof answer === "number") expect((await hostile.end()).code).toBe(answer);
      else {
        const told = () => hostile.frames.find(({ type }) => type === "error" || type === "refused");
        await hostile.until(() => told() !== undefined, "an answer");
        expect(told()?.payload.code).toBe(answer);
        expect(String(told()?.payload.message ?? told()?.payload.reason).length).toBeGreaterThan(10);
        // Only what may be tried again unchanged says so.
        expect(told()?.payload.retryable ?? false).toBe(false);
        // The connection goes on, with the seq that it would have had.
        const seq = told()?.type === "refused" ? 2 : 1;
        hostile.raw({ type: "command", payload: { seq, event: { type: "hand.lower" } } });
        await hostile.until(() => hostile.fates.has(seq), "the next fate");
        expect(running.server.stats()).toMatchObject(
          told()?.type === "refused" ? { [`refused.${answer}`]: 1 } : answer === "OUT_OF_RANGE" ? {} : { [`badFrames.${answer}`]: 1 },
        );
      }
      // A close is seen by the others as somebody who is away; that is all.
      if (answer !== 1009) {
        expect(room?.committed?.domain.rev).toBe(2);
        expect(healthy.frames.slice(before.frames)).toEqual([]);
        expect(healthy.state).toBe(before.state);
      }
      // And everything still works.
      expect(await healthy.do({ type: "react", emoji: "👍" })).toMatchObject({ ok: true, ...(answer === 1009 ? {} : { rev: 3 }) });
      const other = await TestClient.join(meeting, running.url("meeting/other"), { client: "c", token: "Cy" });
      expect(other.rev).toBe(1);
      expect(running.alarms).toEqual([]);
    });
  }

  test("after 100 bad frames the connection is closed with 1008", async () => {
    await using running = await testServer();
    const hostile = await TestClient.join(meeting, running.url(), { client: "a", token: "Ada" });
    for (let i = 0; i < 150; i++) hostile.raw("{");
    expect((await hostile.end()).code).toBe(1008);
    expect(hostile.of("error")).toHaveLength(101);
    expect(hostile.of("closing")).toMatchObject([{ payload: { code: "INVALID_ARGUMENT" } }]);
  });

  test("frames before the hello are errors, and a wrong protocol is told", async () => {
    await using running = await testServer();
    const early = new TestClient(meeting, running.url(), { client: "a", hello: false });
    await early.until(() => early.socket.readyState === WebSocket.OPEN, "open");
    early.raw(command(1, chat('"x"')));
    expect((await early.next("error", 0)).payload).toMatchObject({ code: "FAILED_PRECONDITION" });
    early.raw({ type: "hello", payload: { protocol: 2, client: "a", machine: 1, nextSeq: 1, whatTwoHas: true } });
    expect((await early.end()).code).toBe(1002);
    expect(early.of("closing")).toMatchObject([{ payload: { code: "UNIMPLEMENTED" } }]);
  });

  for (const [what, hello] of [
    ["client", { client: "a b" }],
    ["client", { client: "x".repeat(33) }],
    ["machine", { machine: 0 }],
    ["nextSeq", { nextSeq: 0 }],
    ["openSeq", { openSeq: -1 }],
    ["since", { since: { epoch: "e", rev: -1 } }],
    ["token", { token: 7 }],
  ] as const) {
    test(`a hello with a wrong ${what} is refused with its path`, async () => {
      await using running = await testServer();
      const client = new TestClient(meeting, running.url(), { client: "a", hello: false });
      await client.until(() => client.socket.readyState === WebSocket.OPEN, "open");
      client.raw({ type: "hello", payload: { protocol: 1, client: "a", machine: 1, nextSeq: 1, ...hello } });
      const { payload } = await client.next("error", 0);
      expect(payload.code).toBe("INVALID_ARGUMENT");
      expect(JSON.stringify(payload)).toContain(what);
    });
  }
});
