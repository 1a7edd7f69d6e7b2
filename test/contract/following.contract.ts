/** What whoever follows a room hears, on every shared journal. From: shared-journal.contract.ts. */
import { expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { append, begin, claim, follow, revsOf, room, roundsMax, type SetUp, tryAppend, upTo } from "./shared-nodes.ts";

export function followingContract(setUp: SetUp): void {
  test("following: each entry once, in order, while the room goes from node to node", async () => {
    const { start, alarms } = await setUp();
    const [a, b, c] = [await start(), await start(), await start()];
    let cursor = await append(a, await begin(a), "first", 3);
    const { entries, resets, troubles, following } = await follow(c, { epoch: cursor.epoch, rev: 0 });
    expect(revsOf(entries)).toEqual([1, 2, 3]); // what was there, when it resolved
    const own = await follow(a, cursor);
    for (let round = 0; round < roundsMax; round++) {
      const journal = round % 2 === 0 ? b : a;
      cursor = (await claim(journal)).cursor;
      for (let i = 0; i < 3; i++) cursor = await append(journal, cursor, `${round}/${i}`, 1 + (i % 2));
    }
    await eventually(() => entries.length >= cursor.rev && own.entries.length >= cursor.rev - 3, "all entries");
    expect(entries).toEqual([...(await a.read(room, 1))]);
    expect(revsOf(own.entries)).toEqual(upTo(cursor.rev, 4));
    expect(following.rev).toBe(cursor.rev);
    expect([resets, troubles, alarms]).toEqual([[], [], []]);
  });

  test("following: catchUp tells all that the log holds, and nothing is told after the end", async () => {
    const { start } = await setUp();
    const [a, b] = [await start(), await start()];
    let cursor = await begin(a);
    const { entries, following } = await follow(b, cursor);
    for (let round = 0; round < roundsMax; round++) {
      cursor = await append(a, cursor, "x", 2);
      await following.catchUp();
      expect([following.rev, entries.length]).toEqual([cursor.rev, cursor.rev]);
    }
    following.close();
    following.close();
    await append(a, cursor);
    await following.catchUp();
    expect(revsOf(entries)).toEqual(upTo(cursor.rev));
  });

  test("following: whoever cannot take entries is offered them again", async () => {
    const { start } = await setUp();
    const [a, b] = [await start(), await start()];
    const cursor = await begin(a);
    let throws = 0;
    const { entries, troubles, following } = await follow(b, cursor, () => {
      if (throws++ === 0) throw new Error("not now");
    });
    await append(a, cursor, "x", 2);
    await eventually(() => troubles.length > 0, "the trouble");
    expect([entries, following.rev]).toEqual([[], 0]);
    await following.catchUp();
    expect([revsOf(entries), following.rev]).toEqual([[1, 2], 2]);
    expect(troubles).toMatchObject([{ message: "not now" }]);
  });

  test("following: history is lost, that is the last thing told; whoever begins with what is no more is told at once", async () => {
    const { start, damage, alarms } = await setUp();
    const [a, b, c] = [await start(), await start(), await start()];
    let cursor = await begin(a);
    for (let i = 0; i < 4; i++) cursor = await append(a, cursor);
    const first = await follow(c, { epoch: cursor.epoch, rev: 0 });
    await damage(room, 2);
    const claimed = await claim(b);
    expect(claimed.cursor.rev).toBe(2);
    expect(claimed.cursor.epoch).not.toBe(cursor.epoch);
    expect(alarms).toMatchObject([{ code: "damaged", room, lostFrom: 3 }]);
    await eventually(() => first.resets.length > 0, "the end");
    await append(b, claimed.cursor);
    await first.following.catchUp();
    expect([revsOf(first.entries), first.resets]).toEqual([upTo(4), ["epoch"]]);
    const ahead = { epoch: claimed.cursor.epoch, rev: 9 };
    for (const from of [cursor, ahead]) expect((await follow(c, from)).resets).toEqual(["epoch"]);
    const second = await follow(c, { epoch: claimed.cursor.epoch, rev: 0 });
    expect([revsOf(second.entries), second.resets]).toEqual([upTo(3), []]);
    expect(revsOf(await a.read(room, 3, 1))).toEqual([3]);
    expect(await tryAppend(a, cursor)).toEqual({ ok: false, code: "conflict" });
  });

  test("a journal that closes ends what it follows", async () => {
    const { start } = await setUp();
    const [a, b] = [await start(), await start()];
    const cursor = await begin(a);
    const { entries, troubles, following } = await follow(b, cursor);
    await b.close();
    await append(a, cursor);
    await following.catchUp();
    expect([entries, troubles]).toEqual([[], []]);
  });
}
