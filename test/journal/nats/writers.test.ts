/** Several nodes write to one room: never two winners. */
import { afterEach, describe, expect } from "bun:test";
import { genesis } from "../../../src/journal/chain.ts";
import type { NatsStore } from "../../../src/journal/nats-connect.ts";
import { NatsLog } from "../../../src/journal/nats-log.ts";
import { chained, encodeBody } from "../../../src/journal/nats-message.ts";
import { entriesFrom } from "../../contract/journal.contract.ts";
import { freshPrefix, natsTest, withNats } from "../../support/nats-server.ts";
import { append, begin, cleanUp, faultsOf, rawLog, room, startNode, textsOf, tryAppend } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

const roundsMax = 15;

/** All after the same message at once, round after round. What was acknowledged, and how many won each round. */
async function race(stores: readonly NatsStore[]): Promise<{ acked: string[]; winners: number[] }> {
  const logs = stores.map((store, i) => new NatsLog(store, `w${i}`));
  const acked: string[] = [];
  const winners: number[] = [];
  let at = { seq: 0, rev: 0, hash: genesis(room) };
  for (let round = 0; round < roundsMax; round++) {
    const tries = await Promise.all(
      logs.map((log, i) => {
        const entries = entriesFrom(at.rev + 1, 1, `${round}/${i}`);
        const after = chained(at.hash, entries).at(-1) ?? "";
        const head = { id: log.freshId(), epoch: "e", rev: at.rev + 1, count: 1, before: at.hash, after, due: null };
        return log.append(room, at.seq, head, encodeBody(entries));
      }),
    );
    winners.push(tries.filter((one) => one !== "conflict").length);
    tries.forEach((one, i) => {
      if (one === "conflict") return;
      acked.push(`${round}/${i}`);
      at = { seq: one.seq, rev: one.meta.rev, hash: one.meta.after };
    });
  }
  return { acked, winners };
}

describe("[L1] several nodes, one room", () => {
  natsTest("never two winners; what was acknowledged is there once, and only that", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const nodes = [await startNode(options), await startNode(options), await startNode(options)];
    const { acked, winners } = await race(nodes.map(({ store }) => store));
    expect(winners).toEqual(Array.from({ length: roundsMax }, () => 1));
    expect(await faultsOf(options.servers, options.prefix, acked)).toEqual([]);
    expect((await rawLog(options.servers, options.prefix)).flatMap(({ meta }) => meta?.writer ?? []).length).toBe(roundsMax);
  });

  natsTest("a canary: without the expectation, the checker finds it", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const blind = (store: NatsStore): NatsStore => {
      const publish: NatsStore["js"]["publish"] = (subject, payload, given) => {
        const { expect: _, ...rest } = given ?? {};
        return store.js.publish(subject, payload, rest);
      };
      return { ...store, js: Object.assign(Object.create(store.js) as NatsStore["js"], { publish }) };
    };
    const nodes = [await startNode(options, blind), await startNode(options, blind)];
    const { acked, winners } = await race(nodes.map(({ store }) => store));
    expect(winners).toContain(2);
    expect(await faultsOf(options.servers, options.prefix, acked)).toContain("rev 1 follows rev 1");
  });

  natsTest("who opens a room takes it over: the one before gets a conflict, though no entry came in between", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const [first, second] = [await startNode(options), await startNode(options)];
    const before = await append(first.journal, await begin(first.journal), "first");
    const { cursor } = await second.journal.open(room);
    expect(cursor).toEqual(before);
    expect(await tryAppend(first.journal, before, "too late")).toEqual({ ok: false, code: "conflict" });
    await append(second.journal, cursor, "second");
    expect(await tryAppend(first.journal, before, "too late")).toEqual({ ok: false, code: "conflict" });
    expect(textsOf(await second.journal.read(room, 1))).toEqual(["first", "second"]);
    // The one before comes back, and sees what happened.
    const back = await first.journal.open(room);
    expect(back.cursor).toMatchObject({ rev: 2, epoch: before.epoch });
    await append(first.journal, back.cursor, "third");
    expect([...first.alarms, ...second.alarms]).toEqual([]);
  });

  natsTest("a due time set with a snapshot is the owner's alone to set", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const [first, second] = [await startNode(options), await startNode(options)];
    await append(first.journal, await begin(first.journal), "first");
    const { cursor } = await second.journal.open(room);
    await first.journal.saveSnapshot(room, { rev: 1, data: '"late"' }, 77);
    expect(await second.journal.nextDue(9)).toEqual([]);
    await append(second.journal, cursor, "second");
    expect((await rawLog(options.servers, options.prefix)).at(-1)?.meta?.rev).toBe(2);
  });
});
