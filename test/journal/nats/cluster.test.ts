/** The same on three servers: three copies of everything, and leaders that die. In the long form only. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { NatsCluster } from "../../../scripts/nats/nats-cluster.ts";
import { nats } from "../../../src/journal/nats.ts";
import { journalContract } from "../../contract/journal.contract.ts";
import { eventually } from "../../support/eventually.ts";
import { freshPrefix, longNatsDescribe } from "../../support/nats-server.ts";
import { begin, cleanUp, connected, faultsOf, type Node, patiently, room, startNode, tryAppend } from "./nodes.ts";

let cluster: NatsCluster | undefined;
const there = (): NatsCluster => {
  if (cluster === undefined) throw new Error("there is no cluster");
  return cluster;
};

/** A cluster that has just begun, or lost a leader, has none for a moment. */
const startSoon = (prefix: string): Promise<Node> => patiently(() => startNode({ servers: there().addresses, prefix }));

/** By the name that NATS has for it. */
async function leaderOf({ store }: Node): Promise<string> {
  const { cluster: group } = await store.jsm.streams.info(store.names.ops);
  if (group?.leader === undefined) throw new Error("there is no leader");
  return group.leader;
}

longNatsDescribe("on three nats-servers", () => {
  beforeAll(async () => {
    cluster = await NatsCluster.start();
    const node = await startSoon(freshPrefix());
    await connected(node);
    await cleanUp();
  }, 120_000);
  afterEach(cleanUp);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  journalContract("nats, three copies", async (retention) => ({
    make: nats({ servers: there().addresses, prefix: freshPrefix(), ...retention }),
    dispose: async () => undefined,
  }));

  test("streams have three copies unless told otherwise; more than there are servers are refused", async () => {
    const { store } = await startSoon(freshPrefix());
    for (const stream of [store.names.ops, store.names.store]) expect((await store.jsm.streams.info(stream)).config.num_replicas).toBe(3);
    const failure = await startNode({ servers: there().addresses, prefix: freshPrefix(), replicas: 5 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unsupported", message: expect.stringContaining("5 copies") });
  });

  test("nodes that all begin at once, where there is nothing yet, agree on one secret", async () => {
    for (let i = 0; i < 5; i++) {
      const prefix = freshPrefix();
      const secrets = await Promise.all(
        [1, 2, 3].map(async () => (await startNode({ servers: there().addresses, prefix })).journal.secret()),
      );
      expect(new Set(secrets).size).toBe(1);
    }
  });

  test("[L1] [L4] leaders are killed while two nodes fight for a room and a third follows: nothing is lost, nothing twice", async () => {
    const prefix = freshPrefix();
    const nodes = [await startSoon(prefix), await startSoon(prefix)];
    const [first] = nodes as [Node, Node];
    const start = await begin(first.journal);
    const watcher = await startSoon(prefix);
    const heard: number[] = [];
    const onEntries = (entries: readonly { rev: number }[]) => void heard.push(...entries.map(({ rev }) => rev));
    const follower = await watcher.journal.follow(room, {
      from: start,
      onEntries,
      onReset: (why) => heard.push(why === "epoch" ? -1 : -2),
      onTrouble: () => undefined,
    });
    const acked: string[] = [];
    let isOver = false;
    const write = async ({ journal }: Node, name: string) => {
      for (let n = 0; !isOver; n++) {
        try {
          let { cursor } = await journal.open(room);
          for (let i = 0; i < 10 && !isOver; i++) {
            const text = `${name}/${n}/${i}`;
            const appended = await tryAppend(journal, cursor, text);
            if (!appended.ok) break;
            acked.push(text);
            cursor = appended.cursor;
          }
        } catch (error) {
          expect(error).toMatchObject({ name: "JournalError", code: "io" });
        }
      }
    };
    const writing = Promise.all(nodes.map((node, i) => write(node, `${i}`)));
    const grown = async (by: number) => {
      const target = acked.length + by;
      await eventually(() => acked.length >= target, `${by} more appends`, 60_000);
    };
    await grown(50);
    for (let kills = 0; kills < 2; kills++) {
      const leader = there().named(await patiently(() => leaderOf(watcher)));
      await leader.kill();
      await grown(30);
      await leader.start();
      await connected(watcher);
      await grown(30);
    }
    isOver = true;
    await writing;
    await connected(...nodes);
    const { cursor } = await patiently(() => first.journal.open(room));
    expect(cursor.epoch).toBe(start.epoch);
    expect(await faultsOf(there().addresses[0] ?? "", prefix, acked)).toEqual([]);
    await eventually(() => heard.length >= cursor.rev, "all entries", 30_000);
    expect(heard).toEqual(Array.from({ length: cursor.rev }, (_, i) => i + 1));
    follower.close();
    expect(nodes.flatMap(({ alarms }) => alarms).filter(({ code }) => code !== "io")).toEqual([]);
  }, 180_000);
});
