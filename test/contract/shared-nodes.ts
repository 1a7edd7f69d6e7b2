/** Nodes on one shared log, for the contract of shared journals: how they are started, and what its tests do with them. */
import { afterEach } from "bun:test";
import type { Following, Holder, SharedJournal } from "../../src/cluster/port.ts";
import type { Appended, Cursor, Entry, JournalAlarm, JournalDeps, Opened } from "../../src/journal/port.ts";
import { entriesFrom } from "./journal.contract.ts";

/** A node that dies amid an append. */
export interface Dying {
  readonly journal: SharedJournal;
  /** From now on nothing that it sends arrives. */
  die(): void;
  /** Resolves when an append with this text was sent. */
  sent(text: string): Promise<void>;
  /** What was sent arrives now; resolves when it has. */
  land(): Promise<void>;
}

export interface SharedSubject {
  /** A node that starts now, on the same log as the others. */
  start(deps: JournalDeps): Promise<SharedJournal>;
  dying(deps: JournalDeps): Promise<Dying>;
  /** The room's entries after `rev` are damaged; so whoever opens it next finds that history was lost. */
  damage(room: string, rev: number): Promise<void>;
  dispose(): Promise<void>;
}

interface Nodes extends Pick<SharedSubject, "damage"> {
  readonly alarms: readonly JournalAlarm[];
  start(): Promise<SharedJournal>;
  dying(): Promise<Dying>;
}
export type SetUp = () => Promise<Nodes>;

export const room = "meeting/a";
export const roundsMax = 15;
let epochs = 0;

/** Within a `describe`: each test has a log of its own, and everything is closed after it. */
export function nodesOn(subject: () => Promise<SharedSubject>): SetUp {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  return async () => {
    const shared = await subject();
    open.push(() => shared.dispose());
    const alarms: JournalAlarm[] = [];
    const deps: JournalDeps = { newEpoch: () => `epoch${++epochs}`, onAlarm: (alarm) => alarms.push(alarm) };
    const start = async () => {
      const journal = await shared.start(deps);
      open.push(() => journal.close());
      return journal;
    };
    const dying = async () => {
      const node = await shared.dying(deps);
      open.push(() => node.journal.close());
      return node;
    };
    return { alarms, start, dying, damage: (of, rev) => shared.damage(of, rev) };
  };
}

/** A log with its first snapshot. */
export async function begin(journal: SharedJournal, of = room): Promise<Cursor> {
  const { cursor } = await journal.open(of);
  await journal.saveSnapshot(of, { rev: 0, data: '"start"' }, null);
  return cursor;
}

export const tryAppend = (
  journal: SharedJournal,
  cursor: Cursor,
  text = "x",
  count = 1,
  nextDueAt: number | null = null,
): Promise<Appended> => journal.append(room, cursor, { entries: entriesFrom(cursor.rev + 1, count, text), nextDueAt });

export async function append(...given: Parameters<typeof tryAppend>): Promise<Cursor> {
  const appended = await tryAppend(...given);
  if (!appended.ok) throw new Error("conflict");
  return appended.cursor;
}

export async function holderOf(journal: SharedJournal, of = room): Promise<Holder> {
  const holder = await journal.holder(of);
  if (holder === undefined) throw new Error(`${of} has no log`);
  return holder;
}

/** At what is its last message now. */
export async function claim(journal: SharedJournal): Promise<Opened> {
  const opened = await journal.claim(room, (await holderOf(journal)).at);
  if (opened === undefined) throw new Error("somebody else was faster");
  return opened;
}

interface Heard {
  readonly entries: readonly Entry[];
  readonly resets: readonly string[];
  readonly troubles: readonly unknown[];
  readonly following: Following;
}

/** `before`: sees entries before they are kept, and may throw. */
export async function follow(
  journal: SharedJournal,
  from: Pick<Cursor, "epoch" | "rev">,
  before: (entries: readonly Entry[]) => void = () => undefined,
): Promise<Heard> {
  const entries: Entry[] = [];
  const resets: string[] = [];
  const troubles: unknown[] = [];
  const following = await journal.follow(room, {
    from,
    onEntries(told) {
      before(told);
      entries.push(...told);
    },
    onReset: (why) => resets.push(why),
    onTrouble: (error) => troubles.push(error),
  });
  return { entries, resets, troubles, following };
}

export const textsOf = async (journal: SharedJournal): Promise<string[]> =>
  (await journal.read(room, 1)).map(({ data }) => (JSON.parse(data) as { text: string }).text);

export const revsOf = (entries: readonly Entry[]): number[] => entries.map(({ rev }) => rev);
export const upTo = (rev: number, from = 1): number[] => Array.from({ length: rev - from + 1 }, (_, i) => from + i);
