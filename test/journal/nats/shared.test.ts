/** Several nodes share a log on a real NATS. */
import { afterEach, describe, expect } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { nats } from "../../../src/journal/nats.ts";
import { openStore } from "../../../src/journal/nats-connect.ts";
import { NatsJournal } from "../../../src/journal/nats-journal.ts";
import { namesUnder } from "../../../src/journal/nats-names.ts";
import type { JournalDeps } from "../../../src/journal/port.ts";
import { sharedJournalContract } from "../../contract/shared-journal.contract.ts";
import type { Dying, SharedSubject } from "../../contract/shared-nodes.ts";
import { freshPrefix, isNatsOff, natsTest, withNats } from "../../support/nats-server.ts";
import { rejection } from "../../support/rejection.ts";
import { TcpProxy } from "../../support/tcp-proxy.ts";
import { append, begin, cleanUp, rawLog, room, startNode, tryAppend } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

describe.skipIf(isNatsOff)("on a real nats-server", () => {
  sharedJournalContract("nats", async (): Promise<SharedSubject> => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const proxies: TcpProxy[] = [];
    const start = async (deps: JournalDeps, servers = options.servers, timeoutMs = 5_000) =>
      new NatsJournal(await openStore({ ...options, servers, timeoutMs }, deps.onAlarm), { keepSnapshots: 2, keepOps: 100_000 }, deps);
    return {
      start,
      async dying(deps): Promise<Dying> {
        const proxy = await TcpProxy.to(server().port);
        proxies.push(proxy);
        let deliver: (() => Promise<void>) | undefined;
        const sent = async (text: string) => {
          await proxy.seen("toServer", text);
          deliver = proxy.strand();
        };
        return { journal: await start(deps, proxy.address, 500), die: () => proxy.hold("toServer"), sent, land: async () => deliver?.() };
      },
      /** The message after it is gone, so the rest cannot be trusted. */
      async damage(of, rev) {
        const next = (await rawLog(options.servers, options.prefix, of)).find(({ meta }) => meta !== undefined && meta.rev > rev);
        const nc = await connect({ servers: options.servers });
        await (await jetstreamManager(nc)).streams.deleteMessage(namesUnder(options.prefix).ops, next?.seq ?? 0);
        await nc.close();
      },
      dispose: async () => {
        for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
      },
    };
  });

  natsTest("a last message that nobody can read has no holder, and is taken over; what it damaged is told", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const [first, second] = [await startNode(options), await startNode(options)];
    const cursor = await append(first.journal, await begin(first.journal));
    first.store.nc.publish(first.store.names.opsOf(room), "hello");
    await first.store.nc.flush();
    const holder = await second.journal.holder(room);
    expect(holder).toMatchObject({ node: "" });
    const claimed = await second.journal.claim(room, holder?.at);
    expect(claimed?.cursor.rev).toBe(cursor.rev);
    expect(claimed?.cursor.epoch).not.toBe(cursor.epoch);
    expect(second.alarms).toMatchObject([{ code: "damaged", room, lostFrom: 2 }]);
    expect(await rejection(tryAppend(first.journal, cursor, "late"))).toMatchObject({ code: "io" }); // it sees a marker, and a hole before that
    expect(await second.journal.head(room)).toMatchObject({ rev: 1 });
  });

  natsTest("who holds a room claims it without a message, but not after an append whose outcome is unknown", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const { journal, store } = await startNode(options);
    const cursor = await append(journal, await begin(journal));
    const length = async () => (await rawLog(options.servers, options.prefix)).length;
    const before = await length();
    await journal.claim(room, (await journal.holder(room))?.at);
    expect(await length()).toBe(before);
    const { publish } = store.js;
    store.js.publish = () => Promise.reject(new Error("nothing was heard"));
    await tryAppend(journal, cursor, "unknown").catch(() => undefined);
    store.js.publish = publish;
    const claimed = await journal.claim(room, (await journal.holder(room))?.at);
    expect(claimed?.cursor).toEqual(cursor);
    expect(await length()).toBe(before + 1);
  });

  natsTest("its node is the fresh epoch that it is started with", async () => {
    const journal = await nats({ servers: server().address, prefix: freshPrefix() })({ newEpoch: () => "a b.c", onAlarm: () => undefined });
    expect(journal).toMatchObject({ node: "a=20b=2Ec" });
    await journal.close();
  });
});
