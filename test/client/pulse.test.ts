/** Pings: what the server learns by them, and how a client finds out that nobody is there any more. */
import { describe, expect, test } from "bun:test";
import { Script } from "./scripted.ts";

const op = (seq: number, text = "") => [2, seq, { type: "tick", text }] as const;
const pings = (script: Script): number[] => script.socket.of("ping").map(({ rev }) => rev);
const heartbeat = (pingEveryMs: number, pongTimeoutMs: number) => ({ heartbeat: { pingEveryMs, pongTimeoutMs, graceMs: 15_000 } });
/** The server says something that means nothing. */
const murmur = (script: Script) => script.socket.say("presence", { set: [], gone: [] });

describe("[PING-1] the rev that the client has reached", () => {
  test("is reported within two seconds of the last delta, once, and nothing before there is a state", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome();
    await script.pass(2_000);
    expect(pings(script)).toEqual([]);
    script.socket.snapshot(1);
    await script.pass(1_000);
    expect(pings(script)).toEqual([1]);
    for (const rev of [1, 2, 3]) {
      script.socket.delta(rev, [op(rev)]);
      await script.pass(400);
    }
    expect(pings(script)).toEqual([1]);
    await script.pass(1_800);
    expect(pings(script)).toEqual([1, 4]);
    await script.pass(5_000);
    expect(pings(script)).toEqual([1, 4]);
  });

  test("is reported every ten seconds or so while it moves without a pause", async () => {
    const script = await Script.live();
    await script.pass(1_000);
    for (let rev = 1; rev <= 60; rev++) {
      script.socket.delta(rev, [op(rev)]);
      await script.pass(500);
    }
    const [first, ...later] = pings(script);
    expect(first).toBe(1);
    expect(later.length).toBeWithin(2, 4);
    for (const rev of later) expect(rev).toBeGreaterThan(18);
  });

  test("and after each 256 KiB, without waiting for the second", async () => {
    const script = await Script.live();
    const text = "x".repeat(100 * 1024);
    for (let rev = 1; rev < 9; rev++) script.socket.delta(rev, [op(rev, text)]);
    expect(pings(script)).toEqual([3, 6]); // as far as it was before the frame that was one too many
    await script.pass(1_000);
    expect(pings(script)).toEqual([3, 6, 9]);
  });

  test("is reported anew over the next connection, where there is one ticker, too", async () => {
    const script = await Script.live();
    await script.pass(1_500);
    expect(pings(script)).toEqual([1]);
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    await script.pass(1_000);
    expect(pings(script)).toEqual([1]);
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    await script.pass(900);
    script.socket.delta(1, [op(1)]);
    expect(pings(script)).toEqual([]);
    await script.pass(1_100);
    expect(pings(script)).toEqual([2]);
    script.socket.delta(2, [op(2)]);
    await script.pass(900);
    expect(pings(script)).toEqual([2]);
  });
});

describe("[LIVE-1] silence", () => {
  test("is asked about after 10 s, and ends the connection 5 s later; not a moment sooner", async () => {
    const script = await Script.live();
    await script.pass(1_000);
    await script.pass(8_900);
    expect(pings(script)).toEqual([1]);
    await script.pass(200);
    expect(pings(script)).toEqual([1, 1]);
    await script.pass(4_800);
    expect(script.status).toBe("live");
    await script.pass(1_000);
    expect(script.room.connection).toMatchObject({ status: "connecting" });
    expect(script.sockets[0]?.readyState).toBe(3);
  });

  test("any frame is an answer, and the next silence is asked about again", async () => {
    const script = await Script.live();
    await script.pass(10_100);
    expect(pings(script)).toEqual([1, 1]);
    murmur(script);
    await script.pass(9_800);
    expect(script.status).toBe("live");
    expect(pings(script)).toEqual([1, 1]);
    await script.pass(1_200);
    expect(pings(script)).toEqual([1, 1, 1]);
    murmur(script);
    await script.pass(5_000);
    expect(script.status).toBe("live");
  });

  test("no shorter than the server's own heartbeat asks for, and with its timeout", async () => {
    const script = await Script.live({}, heartbeat(3_000, 1_000));
    await script.pass(2_900);
    expect(pings(script)).toEqual([1]);
    await script.pass(200);
    expect(pings(script)).toEqual([1, 1]);
    await script.pass(1_000);
    expect(script.sockets).toHaveLength(2);
  });

  test("what one connection was asked is no debt of the next", async () => {
    const script = await Script.live();
    await script.pass(12_000);
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    await script.pass(9_500);
    expect(script.status).toBe("live");
    script.network(false);
    await script.pass(20_000);
    script.network(true);
    await script.hello();
    script.socket.welcome({ recovered: "resumed" });
    await script.pass(9_500);
    expect(script.status).toBe("live");
    expect(script.sockets).toHaveLength(3);
  });

  test("a page that slept asks first: what came meanwhile has not been heard yet", async () => {
    const script = await Script.live();
    await script.pass(10_100);
    sleep(script, 60_000);
    await script.pass(1_000);
    expect(pings(script)).toEqual([1, 1, 1]);
    await script.pass(4_000);
    expect(script.status).toBe("live");
    await script.pass(1_000);
    expect(script.sockets).toHaveLength(2);
  });

  test("a page that woke asks once, not each second", async () => {
    const script = await Script.live();
    await script.pass(1_000);
    sleep(script, 60_000);
    await script.pass(1_000);
    murmur(script);
    await script.pass(4_000);
    expect(pings(script)).toEqual([1, 1]);
  });

  test("another network: asked at once, and only where there is a connection", async () => {
    const script = await Script.live();
    script.network(true);
    expect(pings(script)).toEqual([1]);
    await script.pass(5_000);
    expect(script.sockets).toHaveLength(2);
    script.network(true);
    await script.hello();
    script.network(true);
    expect(pings(script)).toEqual([]);
    script.socket.welcome({ recovered: "otherEpoch", epoch: "e2" });
    script.network(true);
    expect(pings(script), "there is no rev to tell of").toEqual([]);
  });
});

/** Time passes, and no timer fires in it: a frozen page. */
function sleep({ clock }: Script, ms: number): void {
  const { monotonic } = clock;
  clock.monotonic = () => monotonic.call(clock) + ms;
}
