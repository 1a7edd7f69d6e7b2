/**
 * Clients in a browser's IndexedDB, one record each. Whoever is one holds a Web Lock of its name: a lock dies with its page, so what
 * a dead tab left can be told from what a living one has. Needs a secure context (https, or localhost), as Web Locks do.
 */
import { keeping } from "./keeping.ts";
import { byUse, type ClientRecord, type ClientStorage, isOutdated, type Slot } from "./storage.ts";

const store = "clients";
interface Kept {
  readonly room: string;
  readonly client: string;
  readonly record: ClientRecord;
}

/** Rejects in `claim` where the browser has no IndexedDB or no Web Locks, or forbids them. */
export function indexedDbStorage(name = "quorate"): ClientStorage {
  let opened: Promise<IDBDatabase> | undefined;
  const database = (): Promise<IDBDatabase> => {
    opened ??= open(name, () => {
      opened = undefined; // closed by the browser: the next call opens anew
    });
    return opened;
  };
  const write = async (change: (records: IDBObjectStore) => void): Promise<void> => {
    // Strict: a command may be told to the server only once a power cut cannot take it back from here.
    const transaction = (await database()).transaction(store, "readwrite", { durability: "strict" });
    change(transaction.objectStore(store));
    await done(transaction);
  };
  const read = async <T>(ask: (records: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    answer(ask((await database()).transaction(store).objectStore(store)));
  const all = async (room: string): Promise<readonly ClientRecord[]> => {
    const kept = await read<Kept[]>((records) => records.getAll(IDBKeyRange.bound([room], [room, []])));
    return byUse(kept.map(({ record }) => record));
  };
  const hold = async (room: string, record: ClientRecord): Promise<Slot | undefined> => {
    const { client } = record;
    const release = await lock(`${name} ${room} ${client}`);
    if (release === undefined) return undefined;
    // Read again: between the list and the lock its last holder may have written, or forgotten it.
    const kept = await read<Kept | undefined>((records) => records.get([room, client]));
    let saving: Promise<unknown> = Promise.resolve();
    return {
      record: kept?.record ?? record,
      save: (next) => {
        const saved = write((records) => records.put({ room, client, record: next } satisfies Kept));
        saving = Promise.allSettled([saving, saved]);
        return saved;
      },
      release: async (forget = false) => {
        await saving;
        if (forget) await write((records) => records.delete([room, client]));
        release();
      },
    };
  };
  const holdFresh = async (room: string, fresh: ClientRecord): Promise<Slot> => {
    const slot = await hold(room, fresh);
    if (slot === undefined) throw new Error("a fresh client id is taken");
    return slot;
  };
  return {
    claimFresh: holdFresh,
    ...keeping,
    async claim(room, fresh) {
      const records = await all(room);
      for (const record of records.filter((one) => isOutdated(one, fresh.usedAt))) await (await hold(room, record))?.release(true);
      for (const record of records.filter((one) => !isOutdated(one, fresh.usedAt))) {
        const slot = await hold(room, record);
        if (slot !== undefined) return slot;
      }
      return holdFresh(room, fresh);
    },
    async orphans(room) {
      const slots: Slot[] = [];
      for (const record of await all(room)) {
        if (record.pending.length === 0) continue;
        const slot = await hold(room, record);
        if (slot?.record.pending.length) slots.push(slot);
        else await slot?.release();
      }
      return slots;
    },
  };
}

function open(name: string, onClose: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: ["room", "client"] });
  return answer(request).then((database) => {
    database.onclose = onClose;
    database.onversionchange = () => {
      database.close();
      onClose();
    };
    return database;
  });
}

/** Held until the returned function is called or the page dies; `undefined`: somebody else holds it. */
function lock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (granted) => {
        if (granted === null) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB failed"));
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB aborted"));
  });
