/** Who is in the room, whose op it is, and who one is oneself. */
import { describe, expect, test } from "bun:test";
import { ann, ben, Script, stateOf } from "./scripted.ts";

const add = (n: number) => ({ type: "add", n }) as const;

describe("[DELTA-2] whose op it is", () => {
  test("another tab's, or another user's, with the same number is not one's own", async () => {
    const script = await Script.live();
    const sent = script.room.send(add(1));
    script.socket.say("snapshot", {
      epoch: "e1",
      rev: 1,
      reason: "asked",
      state: stateOf({}, { roster: [ann, { ...ann, who: 2, client: "tab2" }, { ...ben, who: 3, client: "ann" }] }),
    });
    script.socket.delta(1, [
      [2, 1, add(2)],
      [3, 1, add(4)],
    ]);
    expect(script.room.pending).toHaveLength(1);
    expect(script.room.state.context.total).toBe(7);
    script.socket.delta(3, [[1, 1, add(1)]]);
    expect(await sent.settled).toEqual({ ok: true, rev: 4 });
  });

  test("the sender's role is the roster's as soon as there is one", async () => {
    const script = new Script();
    await script.pass(0);
    await script.hello();
    script.socket.welcome({ role: "host" });
    expect(script.room.me?.role).toBe("host");
    script.socket.snapshot(1);
    expect(script.room.me?.role).toBe("member");
  });

  test("one's own name stays while the roster does not have the new number yet", async () => {
    const script = await Script.live();
    expect(script.room.me?.name).toBe("ann");
    await script.again();
    script.socket.welcome({ rev: 2, recovered: "resumed", who: 5 });
    expect(script.room.me).toEqual({ ...ann, who: 5 });
  });

  test("[DELTA-4] whoever left is in the roster while it is applied, and then no more; the old roster is left alone", async () => {
    const script = await Script.live();
    const ops: unknown[] = [];
    script.room.on("op", ({ rev, by }) => ops.push([rev, by]));
    const before = script.room.roster;
    script.socket.delta(1, [
      [2, 0, { type: "participant.left", user: "ben", who: 2 }],
      [0, 0, { type: "tick" }],
      [2, 0, { type: "participant.joined", user: "cyn", name: "Cyn", role: "host", who: 2, client: "c" }],
    ]);
    expect(ops).toEqual([
      [2, { user: "ben", role: "member", client: "ben", name: "ben" }],
      [3, { user: "system", role: "system", client: "system", name: "" }],
      [4, { user: "cyn", role: "host", client: "c", name: "Cyn" }],
    ]);
    expect([...before.values()]).toEqual([ann, ben]);
    expect([...script.room.roster.values()]).toEqual([ann, { who: 2, user: "cyn", name: "Cyn", role: "host", client: "c" }]);
  });
});
