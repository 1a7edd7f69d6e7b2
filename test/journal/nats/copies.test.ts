/** Pages of a log may come from any copy, and lose messages on the way: neither is taken for the log itself. */
import { afterEach, describe, expect } from "bun:test";
import type { BatchCallback, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { NatsStore } from "../../../src/journal/nats-connect.ts";
import type { Entry } from "../../../src/journal/port.ts";
import { freshPrefix, natsTest, withNats } from "../../support/nats-server.ts";
import { append, begin, cleanUp, room, startNode } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

/** `page`: what arrives of an answer. */
const through =
  (page: (messages: readonly StoredMsg[]) => readonly StoredMsg[]) =>
  (store: NatsStore): NatsStore => {
    const getBatch: JetStreamManager["direct"]["getBatch"] = (stream, given) => {
      const { callback } = given as { callback: BatchCallback<StoredMsg> };
      const messages: StoredMsg[] = [];
      const collect: BatchCallback<StoredMsg> = (done, message) => {
        if (done === null) messages.push(message);
        else for (const one of page(messages.splice(0))) callback(null, one);
        if (done !== null) callback(done, message);
      };
      return store.jsm.direct.getBatch(stream, { ...given, callback: collect } as typeof given);
    };
    const direct = Object.assign(Object.create(store.jsm.direct) as JetStreamManager["direct"], { getBatch });
    return { ...store, jsm: Object.assign(Object.create(store.jsm) as JetStreamManager, { direct }) };
  };

/** A copy whose stream has no such message, and does not know of one. */
const withHole = (messages: readonly StoredMsg[], at: number): StoredMsg[] => {
  const left = messages.filter((_, i) => i !== at);
  return left.map((message, i) => Object.create(message, { lastSequence: { value: left[i - 1]?.seq ?? 0 } }) as StoredMsg);
};

let met = 0;
const once = (isMet: boolean): boolean => {
  if (isMet) met++;
  return isMet;
};

describe("[L4] a page", () => {
  const pages: readonly (readonly [what: string, page: (messages: readonly StoredMsg[]) => readonly StoredMsg[]])[] = [
    ["loses its first message on the way", (messages) => messages.slice(once(messages.length > 1) ? 1 : 0)],
    ["loses one in its middle", (messages) => messages.filter((_, i) => !once(i === 2))],
    ["comes from a copy that lags", (messages) => messages.slice(0, once(messages.length > 3) ? 3 : undefined)],
    ["comes from a copy that has nothing yet", (messages) => messages.slice(once(messages.length > 0) ? messages.length : 0)],
    ["comes from a copy that lacks a message", (messages) => (once(messages.length > 3) ? withHole(messages, 2) : messages)],
  ];
  for (const [what, page] of pages)
    natsTest(`${what}: no room is cut off for it`, async () => {
      const options = { servers: server().address, prefix: freshPrefix() };
      const owner = await startNode(options);
      let cursor = await begin(owner.journal);
      for (let i = 0; i < 9; i++) cursor = await append(owner.journal, cursor);
      met = 0;
      const node = await startNode(options, through(page));
      expect(await node.journal.open(room)).toEqual({ cursor, snapshot: { rev: 0, data: '"at 0"' } });
      expect(node.alarms).toEqual([]);
      expect(met).toBeGreaterThan(0);
    });

  for (const [what, page] of pages.slice(0, -1))
    natsTest(`${what}: a reader and a follower have all`, async () => {
      const options = { servers: server().address, prefix: freshPrefix() };
      const owner = await startNode(options);
      const start = await begin(owner.journal);
      let cursor = start;
      for (let i = 0; i < 9; i++) cursor = await append(owner.journal, cursor);
      met = 0;
      const { journal } = await startNode(options, through(page));
      const heard: Entry[] = [];
      const others: unknown[] = [];
      const onEntries = (entries: readonly Entry[]) => void heard.push(...entries);
      await journal.follow(room, { from: start, onEntries, onReset: (why) => others.push(why), onTrouble: (error) => others.push(error) });
      expect(heard).toEqual([...(await owner.journal.read(room, 1))]);
      expect(others).toEqual([]);
      expect(await journal.read(room, 1)).toEqual(heard);
      expect(met).toBeGreaterThan(0);
    });
});
