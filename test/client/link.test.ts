/** Sockets and attempts: which one is heard, how long each step may take, and what the network has to do with it. */
import { describe, expect, test } from "bun:test";
import { memoryStorage } from "../../src/client/memory.ts";
import { Script } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const backoff = ({ room, clock }: Script): number => Math.round((room.connection.retryAt ?? Number.NaN) - clock.now());

describe("[LIVE-3] one socket at a time", () => {
  test("what an older one still says, or that it closes, is not heard", async () => {
    const script = await Script.live();
    const old = script.socket;
    await script.again();
    script.socket.welcome({ recovered: "resumed" });
    old.delta(1, [[2, 1, add(5)]]);
    old.end({ code: "PERMISSION_DENIED" });
    old.onopen?.();
    expect(script.status).toBe("live");
    expect(script.room.rev).toBe(1);
    expect(script.sockets).toHaveLength(2);
  });

  test("one that is let go of is closed, also while it was still connecting", async () => {
    const script = new Script();
    await script.pass(0);
    script.network(false);
    expect(script.status).toBe("offline");
    expect(script.sockets[0]?.readyState).toBe(3);
    script.network(true);
    expect(script.status).toBe("connecting");
    expect(script.sockets).toHaveLength(2);
  });

  test("a hello that took too long does not go over the next one", async () => {
    const tokens: PromiseWithResolvers<string>[] = [];
    const token = () => {
      const asked = Promise.withResolvers<string>();
      tokens.push(asked);
      return asked.promise;
    };
    const script = new Script({ token });
    await script.pass(0);
    await script.hello();
    await script.again();
    tokens[0]?.resolve("first");
    await script.pass(0);
    expect(script.socket.said).toEqual([]);
    tokens[1]?.resolve("second");
    await script.pass(0);
    expect(script.socket.of("hello")).toMatchObject([{ token: "second" }]);
    await script.again();
    script.socket.end();
    await script.hello();
    tokens[2]?.reject(new Error("too late"));
    await script.pass(0);
    expect(script.status).toBe("joining");
  });

  test("a token that is not to be had: told, and tried again", async () => {
    const script = new Script({ token: () => Promise.reject(new Error("no sign-in")), random: () => 1 });
    await script.pass(0);
    await script.hello();
    expect(script.room.connection).toMatchObject({ status: "backoff", reason: "Error: no sign-in" });
    await script.pass(250);
    expect(script.sockets).toHaveLength(2);
  });

  test("what is no frame ends the connection", async () => {
    for (const data of ["", "{", "null", "1", "[]", '{"type":"delta"}']) {
      const script = await Script.live({ random: () => 1 });
      script.socket.onmessage?.({ data });
      expect(script.room.connection, data).toMatchObject({ status: "backoff", reason: "The server sent no frame." });
      expect(script.sockets[0]?.readyState).toBe(3);
    }
  });

  test("a frame of a type that is not known yet changes nothing", async () => {
    const script = await Script.live();
    script.socket.say("fireworks", { many: true });
    expect(script.status).toBe("live");
    expect(script.troubles).toEqual([]);
  });
});

describe("each step has its time", () => {
  test("10 s to connect, then 15 s to be welcomed", async () => {
    const script = new Script({ random: () => 1 });
    await script.pass(9_999);
    expect(script.status).toBe("connecting");
    await script.pass(1);
    expect(script.room.connection).toMatchObject({ status: "backoff", reason: "The server did not answer." });
    await script.pass(250);
    await script.hello();
    expect(script.status).toBe("joining");
    await script.pass(14_999);
    expect(script.status).toBe("joining");
    await script.pass(1);
    expect(script.room.connection).toMatchObject({ status: "backoff", reason: "The server did not answer." });
  });

  test("the wait grows, and begins anew only after 10 s in step", async () => {
    const script = await Script.live({ random: () => 1 });
    const comeBack = async () => {
      await script.hello();
      script.socket.welcome({ recovered: "resumed" });
      expect(script.status).toBe("live");
      expect(script.room.connection.reason).toBeUndefined();
    };
    const lose = () => {
      script.socket.end();
      return backoff(script);
    };
    const wait = async (ms: number) => {
      for (let left = ms; left > 0; left -= 1_000) {
        await script.pass(Math.min(left, 1_000));
        script.socket.delta(1, []);
      }
    };
    expect(lose()).toBe(250);
    await script.pass(250);
    await comeBack();
    await wait(9_000);
    expect(lose()).toBe(500);
    await script.pass(500);
    script.socket.end(); // not even in step
    expect(backoff(script)).toBe(1_000);
    await script.pass(1_000);
    await comeBack();
    await wait(11_000);
    expect(lose()).toBe(250);
    await script.pass(250);
    script.socket.end();
    expect(backoff(script)).toBe(500);
  });

  test("who gets through, however shortly, waits a second at most when it is lost again", async () => {
    const script = await Script.live({ random: () => 1 });
    for (const ms of [250, 500, 1_000, 2_000, 4_000]) {
      script.socket.end();
      expect(backoff(script)).toBe(ms);
      await script.pass(ms);
    }
    for (let i = 0; i < 3; i++) {
      await script.hello();
      script.socket.welcome({ recovered: "resumed" });
      script.socket.end();
      expect(backoff(script)).toBe(1_000);
      await script.pass(1_000);
    }
  });

  test("connect() tries now, and counts from the beginning", async () => {
    const script = new Script({ random: () => 1 });
    await script.pass(0);
    for (const ms of [250, 500, 1_000]) {
      script.socket.end();
      expect(backoff(script)).toBe(ms);
      await script.pass(ms);
    }
    script.socket.end();
    script.room.connect();
    expect(script.status).toBe("connecting");
    expect(script.room.connection.retryAt).toBeUndefined();
    script.socket.end();
    expect(backoff(script)).toBe(250);
  });

  test("[CLOSE-1] what one connection was told about when to come again does not hold for the next", async () => {
    const script = await Script.live({ random: () => 1 });
    script.socket.end({ code: "UNAVAILABLE", reason: "Restarting.", retryAfterMs: 2_000 });
    expect(script.room.connection).toMatchObject({ status: "backoff", code: "UNAVAILABLE", reason: "Restarting." });
    expect(backoff(script)).toBe(2_250);
    await script.pass(2_250);
    script.socket.end();
    expect(script.room.connection).toMatchObject({ code: undefined, reason: "The connection was lost." });
    expect(backoff(script)).toBe(500);
  });
});

describe("the network", () => {
  test("that is away at the beginning is waited for; that came before the first attempt is used", async () => {
    const script = new Script({}, false);
    await script.pass(100);
    expect(script.status).toBe("offline");
    expect(script.sockets).toHaveLength(0);
    script.network(true);
    expect(script.sockets).toHaveLength(1);

    // Until it is known what an earlier page left, nothing is tried.
    const early = new Script({ storage: memoryStorage() }, false);
    early.network(true);
    await early.pass(0);
    expect(early.status).toBe("connecting");
    const late = new Script({ storage: memoryStorage() });
    late.network(false);
    await late.pass(0);
    expect(late.status).toBe("offline");
    expect(late.sockets).toHaveLength(0);
  });

  test("that goes away ends whatever goes on, and what was told of it; connect() tries nevertheless", async () => {
    for (const steps of ["connecting", "joining", "live", "backoff"]) {
      const script = new Script({ random: () => 1 });
      await script.pass(0);
      if (steps !== "connecting") await script.hello();
      if (steps === "live") {
        script.socket.welcome();
        script.socket.snapshot(1);
      }
      if (steps === "backoff") script.socket.end({ code: "UNAVAILABLE", reason: "Later." });
      expect(script.status).toBe(steps);
      script.network(false);
      expect(script.room.connection).toMatchObject({ status: "offline", code: undefined, reason: undefined, retryAt: undefined });
      expect(script.socket.readyState).toBe(3);
      await script.pass(60_000);
      expect(script.sockets).toHaveLength(1);
      script.room.connect();
      expect(script.sockets).toHaveLength(2);
    }
  });

  test("that comes back ends a wait", async () => {
    const script = new Script({ random: () => 1 });
    await script.pass(0);
    script.socket.end();
    expect(script.status).toBe("backoff");
    script.network(true);
    expect(script.status).toBe("connecting");
    await script.pass(1_000);
    expect(script.sockets).toHaveLength(2);
  });
});
