/**
 * `quorate/client/file`: clients in a folder, for Bun and Node 22 or later. One JSON file each, and beside it a lock while somebody is that client.
 * A lock tells its process: what a dead one left can be told from what a living one has.
 */
import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { keeping } from "./keeping.ts";
import { byUse, type ClientRecord, type ClientStorage, isOutdated, type Slot } from "./storage.ts";

/**
 * The folder is made when it is first needed, for its owner alone: it holds secrets. It belongs to the processes of one machine, and in each of
 * them to one thread: ids of processes mean nothing elsewhere, so never share it between containers or over a network. Files that cannot be read
 * as clients are set aside as `*.damaged`; other files are not touched.
 */
export function fileStorage(folder: string): ClientStorage {
  const place = resolve(folder);
  const baseOf = (room: string, client: string): string => join(place, `${digest(room)}-${digest(client)}`);
  const claimFresh = async (room: string, fresh: ClientRecord): Promise<Slot> => {
    await prepare(place);
    const base = baseOf(room, fresh.client);
    const unlock = await lock(`${base}.lock`);
    if (unlock === undefined) throw new Error("a fresh client id is taken");
    return slotOf(base, room, fresh, unlock);
  };
  return {
    claimFresh,
    ...keeping,
    async claim(room, fresh) {
      const bases = await basesOf(place, room);
      for (const base of bases) await tidy(base, room, fresh.usedAt);
      for (const { client } of await recordsOf(bases, room)) {
        const slot = await hold(baseOf(room, client), room);
        if (slot !== undefined) return slot;
      }
      return claimFresh(room, fresh);
    },
    async orphans(room) {
      const slots: Slot[] = [];
      for (const { client, pending } of await recordsOf(await basesOf(place, room), room)) {
        if (pending.length === 0) continue;
        const slot = await hold(baseOf(room, client), room);
        if (slot?.record.pending.length) slots.push(slot);
        else await slot?.release();
      }
      return slots;
    },
  };
}

/** Undefined: somebody is that client, or it was forgotten meanwhile. */
async function hold(base: string, room: string): Promise<Slot | undefined> {
  const unlock = await lock(`${base}.lock`);
  if (unlock === undefined) return undefined;
  // Read again: between the list and the lock its last holder may have written, or forgotten it.
  const found = await read(base, room);
  if (typeof found === "object") return slotOf(base, room, found, unlock);
  await unlock();
  return undefined;
}

function slotOf(base: string, room: string, record: ClientRecord, unlock: () => Promise<void>): Slot {
  let isHeld = true;
  let last: Promise<void> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = last.then(act);
    last = turn.catch(() => undefined); // whoever asked for it hears of it
    return turn;
  };
  return {
    record,
    save(next) {
      if (!isHeld) return Promise.reject(new Error("This client was let go of; it may be somebody else's."));
      const text = JSON.stringify({ room, ...next });
      return inTurn(() => write(`${base}.json`, text));
    },
    release(forget = false) {
      if (!isHeld) return last;
      isHeld = false;
      return inTurn(async () => {
        try {
          if (forget) await remove(base);
        } finally {
          await unlock();
        }
      });
    },
  };
}

// --- records ---------------------------------------------------------------------------------------------------------

/** A fixed length and alphabet, whatever a room or client is called. */
const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 24);
const ownFile = /^([0-9a-f]{24}-[0-9a-f]{24})\.(json|lock)$/;

/** Of every client of this room that left a file: its path without the ending. */
async function basesOf(place: string, room: string): Promise<readonly string[]> {
  await prepare(place);
  const names = (await readdir(place)).map((name) => ownFile.exec(name)?.[1]).filter((name) => name?.startsWith(`${digest(room)}-`));
  return [...new Set(names)].map((name) => join(place, name ?? ""));
}

async function recordsOf(bases: readonly string[], room: string): Promise<readonly ClientRecord[]> {
  const found = await Promise.all(bases.map((base) => read(base, room)));
  return byUse(found.filter((record) => typeof record === "object"));
}

/** `unreadable`: the disk or the rights are at fault, perhaps for a moment, so it stays where it is. */
async function read(base: string, room: string): Promise<ClientRecord | "missing" | "damaged" | "unreadable"> {
  let text: string;
  try {
    text = await readFile(`${base}.json`, "utf8");
  } catch (error) {
    return codeOf(error) === "ENOENT" ? "missing" : "unreadable";
  }
  const record = parseRecord(text, room);
  return record !== undefined && base.endsWith(`-${digest(record.client)}`) ? record : "damaged";
}

function parseRecord(text: string, room: string): ClientRecord | undefined {
  let stored: (Partial<ClientRecord> & { readonly room?: unknown }) | null;
  try {
    stored = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof stored !== "object" || stored === null) return undefined;
  const { room: itsRoom, client, resume, user, nextSeq, pending, usedAt } = stored;
  const isText = (value: unknown) => value === undefined || typeof value === "string";
  if (itsRoom !== room || typeof client !== "string" || !isText(resume) || !isText(user) || !isSeq(nextSeq)) return undefined;
  if (!Number.isFinite(usedAt) || !Array.isArray(pending) || !pending.every(isCommand)) return undefined;
  const { room: _, ...record } = stored;
  return record as ClientRecord;
}

const isSeq = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;
const isCommand = (value: unknown): boolean => {
  const { seq, event, at } = Object(value);
  return isSeq(seq) && typeof event?.type === "string" && Number.isFinite(at);
};

/** What nobody is and nobody can be any more: damaged, outdated, or a lock whose process died before it stored anything. */
async function tidy(base: string, room: string, now: number): Promise<void> {
  const seen = await read(base, room);
  if (seen === "unreadable" || (typeof seen === "object" && !isOutdated(seen, now))) return;
  const unlock = await lock(`${base}.lock`);
  if (unlock === undefined) return;
  try {
    const found = await read(base, room);
    if (found === "damaged") await rename(`${base}.json`, `${base}.${newId()}.damaged`);
    else if (found === "missing" || (typeof found === "object" && isOutdated(found, now))) await remove(base);
  } finally {
    await unlock();
  }
}

/** Atomic and durable: a crash leaves the old record or the new one. Only the holder writes, so there is one draft at a time. */
async function write(path: string, text: string): Promise<void> {
  const draft = await open(`${path}.tmp`, "w", 0o600);
  try {
    await draft.writeFile(text);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(dirname(path));
}

/** All that a client left, except its lock, which the caller holds, and what was set aside. */
async function remove(base: string): Promise<void> {
  for (const name of await readdir(dirname(base))) {
    if (!name.startsWith(`${basename(base)}.`)) continue;
    const ending = name.slice(basename(base).length + 1);
    const drafter = /([^.]+)\.tmp$/.exec(ending)?.[1] ?? "";
    if (ending === "json" || ending === "json.tmp" || (ending.startsWith("lock.") && !isAlive(drafter)))
      await rm(join(dirname(base), name), { force: true });
  }
}

async function prepare(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let at = folder; at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
}

/** A file's name is durable only with its folder. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// --- locks -----------------------------------------------------------------------------------------------------------

/** Ids of the locks that this process has, or is about to have. A lock with its pid and another id is of an earlier process. */
const mine = new Set<string>();
const newId = (): string => randomBytes(8).toString("hex");
const ownerText = /^([1-9]\d{0,8})-([0-9a-f]{16})$/;

/**
 * Returns how to let go, or nothing where somebody has it. The whole lock appears at once, with its owner in it, by a hard link: one that is torn is
 * of before a power cut. If the owner of a lock is dead, whoever holds the right to depose exactly that owner, itself a lock of this kind, replaces it.
 * Nobody else may, and no id comes twice, so two who race for a dead one's lock never both get it: the later one finds another owner there.
 */
async function lock(path: string): Promise<(() => Promise<void>) | undefined> {
  const id = newId();
  const draft = `${path}.${process.pid}-${id}.tmp`;
  let isOurs = false;
  mine.add(id);
  try {
    await writeFile(draft, `${process.pid}-${id}`, { flag: "wx", mode: 0o600 });
    isOurs = (await linked(draft, path)) || (await deposed(draft, path));
  } finally {
    if (!isOurs) mine.delete(id);
    await rm(draft, { force: true });
  }
  if (!isOurs) return undefined;
  return async () => {
    await rm(path, { force: true });
    mine.delete(id);
  };
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function deposed(draft: string, path: string): Promise<boolean> {
  const owner = await ownerOf(path);
  if (owner === undefined || isAlive(owner)) return false;
  const giveBack = await lock(`${path}.${owner}`);
  if (giveBack === undefined) return false;
  try {
    if ((await ownerOf(path)) !== owner) return false;
    await rename(draft, path);
    return true;
  } finally {
    await giveBack();
  }
}

/** Undefined: there is no lock. */
async function ownerOf(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    return ownerText.test(text) ? text : "torn";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A dead one whose pid some other program has got since counts as living, until that ends. */
function isAlive(owner: string): boolean {
  const [, pid, id] = ownerText.exec(owner) ?? [];
  if (pid === undefined || id === undefined) return false;
  if (Number(pid) === process.pid) return mine.has(id);
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
