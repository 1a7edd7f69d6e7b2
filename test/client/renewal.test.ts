/** A token that is renewed in time, over the connection that it belongs to. */
import { describe, expect, test } from "bun:test";
import { Script } from "./scripted.ts";

const start = 1_700_000_000_000;
const told = (script: Script): string[] => script.socket.of("token").map(({ token }) => token);
/** A server that lives. */
async function pass(script: Script, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    await script.pass(Math.min(left, 5_000));
    script.socket.say("pong", { rev: 1 });
  }
}

describe("[TOKEN-5] well before it expires", () => {
  test("a function is asked for the next one; what the server says then counts from there", async () => {
    let n = 0;
    const script = await Script.live({ token: () => `t${n++}` }, { expiresAt: start + 100_000 });
    await pass(script, 79_000);
    expect(told(script)).toEqual([]);
    await pass(script, 1_000);
    expect(told(script)).toEqual(["t1"]);
    script.socket.say("renewed", { expiresAt: script.clock.now() + 200_000 });
    await pass(script, 159_000);
    expect(told(script)).toEqual(["t1"]);
    await pass(script, 2_000);
    expect(told(script)).toEqual(["t1", "t2"]);
    script.socket.say("renewed", {}); // this one never ends
    await pass(script, 500_000);
    expect(n).toBe(3);
  });

  test("one that expired already is renewed soon", async () => {
    let n = 0;
    const script = await Script.live({ token: () => `t${n++}` }, { expiresAt: start - 1_000 });
    await pass(script, 10_000);
    expect(told(script)).toEqual(["t1"]);
  });

  test("only the last one counts: a connection, or a token, that comes between does not make two of them", async () => {
    let n = 0;
    const script = await Script.live({ token: () => `t${n++}` }, { expiresAt: start + 100_000 });
    await script.again();
    script.socket.welcome({ recovered: "resumed", expiresAt: start + 200_000 });
    await pass(script, 150_000);
    expect(told(script)).toEqual([]);
    await pass(script, 11_000);
    expect(told(script)).toEqual(["t2"]);
  });

  test("a text is not sent again, nor is a function asked that has none", async () => {
    const text = await Script.live({ token: "t" }, { expiresAt: start + 100_000 });
    await pass(text, 200_000);
    expect(told(text)).toEqual([]);
    const none = await Script.live({ token: () => undefined }, { expiresAt: start + 100_000 });
    await pass(none, 90_000);
    expect(none.socket.of("token")).toEqual([]);
  });

  test("a sign-in that fails is told, and tried again every 5 s", async () => {
    let n = 0;
    const token = () => (n++ === 1 || n === 3 ? Promise.reject(new Error("no sign-in")) : `t${n}`);
    const script = await Script.live({ token }, { expiresAt: start + 100_000 });
    await pass(script, 80_000);
    expect(script.troubles).toMatchObject([{ code: "token", error: new Error("no sign-in") }]);
    await script.pass(4_900);
    expect(n).toBe(2);
    await script.pass(200);
    expect(n).toBe(3);
    await script.pass(5_000);
    expect(told(script)).toEqual(["t4"]);
    expect(script.troubles).toHaveLength(2);
  });

  test("while there is no connection none is told; the next hello has the newest", async () => {
    let n = 0;
    const script = await Script.live({ token: () => `t${n++}` }, { expiresAt: start + 10_000 });
    script.network(false);
    await script.pass(9_000);
    expect(n).toBe(2);
    script.network(true);
    expect(await script.hello()).toMatchObject({ token: "t2" });
  });
});

describe("[TOKEN-1] given by hand", () => {
  test("goes over the live connection, and is what the next hello has", async () => {
    const script = await Script.live({ token: "old" });
    script.room.setToken("new");
    expect(told(script)).toEqual(["new"]);
    expect(await script.again()).toMatchObject({ token: "new" });
  });

  test("not before the welcome, where no other frame is taken", async () => {
    const script = new Script({ token: "old" });
    await script.pass(0);
    await script.hello();
    script.room.setToken("new");
    expect(told(script)).toEqual([]);
  });
});
