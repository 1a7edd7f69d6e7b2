/** Clients that live as long as this process: for tests, and for what needs no more. */
import { keeping } from "./keeping.ts";
import { byUse, type ClientRecord, type ClientStorage, isOutdated, type Slot } from "./storage.ts";

/** Shared by all rooms that are given the same one. */
export function memoryStorage(): ClientStorage {
  const records = new Map<string, ClientRecord>();
  const held = new Set<string>();
  const keyOf = (room: string, client: string) => `${room} ${client}`;
  const free = (room: string) =>
    byUse([...records].filter(([key]) => key.startsWith(`${room} `) && !held.has(key)).map(([, record]) => record));
  const hold = (room: string, record: ClientRecord): Slot => {
    const key = keyOf(room, record.client);
    if (held.has(key)) throw new Error("a fresh client id is taken");
    held.add(key);
    return {
      record,
      save: async (next) => void records.set(key, structuredClone(next)),
      release: async (forget = false) => {
        held.delete(key);
        if (forget) records.delete(key);
      },
    };
  };
  return {
    async claim(room, fresh) {
      for (const old of free(room).filter((record) => isOutdated(record, fresh.usedAt))) records.delete(keyOf(room, old.client));
      return hold(room, free(room)[0] ?? fresh);
    },
    claimFresh: async (room, fresh) => hold(room, fresh),
    ...keeping,
    orphans: async (room) =>
      free(room)
        .filter(({ pending }) => pending.length > 0)
        .map((record) => hold(room, record)),
  };
}
