/** How a connection ends: what the server's last frame means for the client, and what is left when a room is closed here. */
import { describe, expect, test } from "bun:test";
import { Script } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;
const backoff = ({ room, clock }: Script): number => Math.round((room.connection.retryAt ?? Number.NaN) - clock.now());

describe("[ERR-1] what a close means", () => {
  for (const code of ["PERMISSION_DENIED", "FAILED_PRECONDITION", "UNIMPLEMENTED"])
    for (const when of ["joining", "live"])
      test(`${code} while ${when}: told, not tried again, unless somebody wants it`, async () => {
        const script = new Script();
        await script.pass(0);
        await script.hello();
        if (when === "live") script.socket.welcome({ recovered: "resumed" });
        script.socket.end({ code, reason: "Not you." });
        expect(script.room.connection).toMatchObject({ status: "refused", code, reason: "Not you." });
        expect(script.clock.pending).toBe(0);
        script.network(true);
        await script.pass(120_000);
        expect(script.sockets).toHaveLength(1);
        script.room.connect();
        expect(script.status).toBe("connecting");
      });

  for (const code of ["ABORTED", "UNAVAILABLE", "RESOURCE_EXHAUSTED", "INTERNAL", "DEADLINE_EXCEEDED"])
    test(`${code}: tried again`, async () => {
      const script = await Script.live();
      script.socket.end({ code });
      await script.pass(0);
      expect(script.sockets).toHaveLength(2);
    });

  test("UNAUTHENTICATED with a token that is no function: signed out, until there is another", async () => {
    for (const when of ["joining", "live"]) {
      const script = new Script({ token: "old" });
      await script.pass(0);
      await script.hello();
      if (when === "live") script.socket.welcome({ recovered: "resumed" });
      script.socket.end({ code: "UNAUTHENTICATED", reason: "Sign in." });
      expect(script.room.connection).toMatchObject({ status: "signedOut", code: "UNAUTHENTICATED", reason: "Sign in." });
      expect(script.clock.pending).toBe(0);
      await script.pass(120_000);
      script.room.setToken("new");
      expect(await script.hello()).toMatchObject({ token: "new" });
    }
  });

  test("UNAUTHENTICATED with a function: asked once more, at once; after a welcome once more again", async () => {
    let n = 0;
    const script = new Script({ token: () => `t${n++}` });
    await script.pass(0);
    expect(await script.hello()).toMatchObject({ token: "t0" });
    script.socket.end({ code: "UNAUTHENTICATED" });
    expect(backoff(script)).toBe(0);
    expect(await script.hello()).toMatchObject({ token: "t1" });
    script.socket.welcome({ recovered: "resumed" });
    script.socket.end({ code: "UNAUTHENTICATED" });
    expect(await script.hello()).toMatchObject({ token: "t2" });
    script.socket.end({ code: "UNAUTHENTICATED" });
    expect(script.status).toBe("signedOut");
    expect(n).toBe(3);
  });

  test("[HELLO-2] ALREADY_EXISTS: another id, at once, with nothing of the old one's", async () => {
    const script = await Script.live();
    const sent = script.room.send(add(1));
    await script.again();
    script.socket.end({ code: "ALREADY_EXISTS" });
    await script.pass(0);
    const hello = { protocol: 1, client: "ann1", machine: 1, nextSeq: 1, openSeq: 1, since: { epoch: "e1", rev: 1 } };
    expect(await script.hello()).toEqual(hello);
    expect(await sent.settled).toMatchObject({ ok: false, code: "unknown" });
  });
});

describe("a closed room", () => {
  test("leaves no timer, no socket and no listener behind, whatever it was doing", async () => {
    const limits = { frameBytesMax: 65_536, commandBytesMax: 16_384, commandsPerSecond: 1, presencePerSecond: 1, pendingMax: 256 };
    const script = await Script.live({ token: () => "t" }, { limits, expiresAt: 1_700_000_100_000 });
    script.room.presence.set({ x: 1 });
    script.room.presence.set({ x: 2 });
    script.room.send(add(1));
    script.socket.say("error", { code: "UNAVAILABLE", message: "No.", seq: 1, retryAfterMs: 60_000 });
    script.socket.delta(5, [[2, 1, add(1)]]);
    expect(script.clock.pending).toBe(5); // presence, commands, the resync, the token, the pulse
    await script.room.close();
    expect(script.clock.pending).toBe(0);
    expect(script.socket.readyState).toBe(3);
    expect(script.isWatching).toBe(false);
    expect(script.status).toBe("closed");
  });

  test("nor while it was connecting, joining, or waiting", async () => {
    for (const steps of ["connecting", "joining", "backoff"]) {
      const script = new Script({ random: () => 1 });
      await script.pass(0);
      if (steps !== "connecting") await script.hello();
      if (steps === "backoff") script.socket.end();
      expect(script.status).toBe(steps);
      await script.room.close();
      expect(script.clock.pending).toBe(0);
      expect(script.socket.readyState).toBe(3);
    }
  });

  test("is deaf, and does not come back", async () => {
    const script = await Script.live();
    const { socket } = script;
    await script.room.leave();
    expect(socket.of("bye")).toEqual([{}]);
    socket.delta(1, [[2, 1, add(5)]]);
    socket.end();
    script.network(false);
    script.network(true);
    script.room.connect();
    script.room.setToken("t");
    await script.pass(60_000);
    expect(script.room.rev).toBe(1);
    expect(script.status).toBe("closed");
    expect(script.sockets).toHaveLength(1);
    expect(script.clock.pending).toBe(0);
    expect(script.room.send(add(1)).seq).toBe(0);
  });
});
