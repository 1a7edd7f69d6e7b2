/** Journals on one NATS server as several nodes have them, and what a room's log really holds, read without them. A test file calls `afterEach(cleanUp)`. */
import { jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsOptions } from "../../../src/journal/nats.ts";
import { type NatsStore, openStore } from "../../../src/journal/nats-connect.ts";
import { NatsJournal } from "../../../src/journal/nats-journal.ts";
import { decodeMeta, type Meta, metaHeader, verified } from "../../../src/journal/nats-message.ts";
import { namesUnder } from "../../../src/journal/nats-names.ts";
import type { Appended, Cursor, Entry, Journal, JournalAlarm } from "../../../src/journal/port.ts";
import { entriesFrom } from "../../contract/journal.contract.ts";

export const room = "meeting/a";

const cleanUps: (() => Promise<unknown>)[] = [];
export async function cleanUp(): Promise<void> {
  for (const clean of cleanUps.splice(0).reverse()) await clean();
}
export function later<T extends AsyncDisposable>(resource: T): T {
  cleanUps.push(async () => resource[Symbol.asyncDispose]());
  return resource;
}

export interface Node {
  readonly journal: NatsJournal;
  readonly store: NatsStore;
  readonly alarms: JournalAlarm[];
}

const patienceMs = 30_000;
let epochs = 0;
/** `wrap`: a test's own hands in the connection. */
export async function startNode(options: NatsOptions, wrap: (store: NatsStore) => NatsStore = (store) => store): Promise<Node> {
  const alarms: JournalAlarm[] = [];
  const deps = { newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm: JournalAlarm) => void alarms.push(alarm) };
  const store = wrap(await openStore(options, deps.onAlarm));
  const { keepSnapshots = 2, keepOps = 100_000 } = options;
  const journal = new NatsJournal(store, { keepSnapshots, keepOps }, deps);
  cleanUps.push(() => journal.close());
  return { journal, store, alarms };
}

/** After the server was away. */
export async function connected(...nodes: readonly Node[]): Promise<void> {
  for (const { journal } of nodes) {
    const isThere = () =>
      journal.probe().then(
        () => true,
        () => false,
      );
    for (let tries = 0; !(await isThere()); tries++) if (tries === 100) throw new Error("NATS does not come back");
  }
}

/** Asks again while a cluster has no leader: what its streams are asked is then refused, or not answered. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** A log with its first snapshot, ready for appends. */
export async function begin(journal: Journal, name = room): Promise<Cursor> {
  const { cursor } = await journal.open(name);
  await journal.saveSnapshot(name, { rev: 0, data: '"at 0"' }, null);
  return cursor;
}

export const tryAppend = (journal: Journal, cursor: Cursor, text: string, count = 1): Promise<Appended> =>
  journal.append(room, cursor, { entries: entriesFrom(cursor.rev + 1, count, text), nextDueAt: null });

export async function append(journal: Journal, cursor: Cursor, text = "x", count = 1): Promise<Cursor> {
  const appended = await tryAppend(journal, cursor, text, count);
  if (!appended.ok) throw new Error("conflict");
  return appended.cursor;
}

export const textsOf = (entries: readonly Entry[]): string[] => entries.map(({ data }) => (JSON.parse(data) as { text: string }).text);

/** Every message of the room, from the stream itself. */
export async function rawLog(address: string, prefix: string, name = room): Promise<(StoredMsg & { readonly meta: Meta | undefined })[]> {
  const nc = await connect({ servers: address });
  try {
    // Without the question about the account, which a cluster that elects a leader of all streams does not answer.
    const { streams } = await jetstreamManager(nc, { checkAPI: false });
    const names = namesUnder(prefix);
    const found: (StoredMsg & { readonly meta: Meta | undefined })[] = [];
    for (let seq = 1; ; ) {
      const query = { seq, next_by_subj: names.opsOf(name) };
      const message = await patiently(() => streams.getMessage(names.ops, query));
      if (message === null) return found;
      found.push(Object.assign(message, { meta: decodeMeta(message.header.get(metaHeader)) }));
      seq = message.seq + 1;
    }
  } finally {
    await nc.close();
  }
}

/** What is wrong with a log, given which appends were acknowledged (each under a text of its own). Nothing, hopefully. */
export async function faultsOf(address: string, prefix: string, acked: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  const texts: string[] = [];
  let rev = 0;
  for (const { seq, meta, data } of await rawLog(address, prefix)) {
    const read = meta && verified(meta, data);
    if (read === undefined) {
      faults.push(`message ${seq} is damaged`);
      continue;
    }
    for (const entry of read.entries) {
      if (entry.rev !== rev + 1) faults.push(`rev ${entry.rev} follows rev ${rev}`);
      rev = entry.rev;
    }
    texts.push(...textsOf(read.entries));
  }
  for (const text of new Set(acked)) {
    const times = texts.filter((one) => one === text).length;
    if (times !== 1) faults.push(`${text} was acknowledged, and is there ${times} times`);
  }
  for (const text of new Set(texts)) if (texts.filter((one) => one === text).length > 1) faults.push(`${text} is there more than once`);
  return faults;
}
