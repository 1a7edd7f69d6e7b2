/** Clients that live as long as this process: for tests, and for what needs no more. */
import { settleOrphans } from "./orphans.ts";
import { byUse, type ClientRecord, type ClientStorage, type Slot } from "./storage.ts";

/** Shared by all rooms that are given the same one. */
export function memoryStorage(): ClientStorage {
  const records = new Map<string, ClientRecord>();
  const held = new Set<string>();
  const keyOf = (room: string, client: string) => `${room} ${client}`;
  const free = (room: string) =>
    byUse([...records].filter(([key]) => key.startsWith(`${room} `) && !held.has(key)).map(([, record]) => record));
  const hold = (room: string, record: ClientRecord): Slot => {
    const key = keyOf(room, record.client);
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
    claim: async (room, fresh) => hold(room, free(room)[0] ?? fresh),
    claimFresh: async (room, fresh) => hold(room, fresh),
    settleOrphans,
    orphans: async (room) =>
      free(room)
        .filter(({ pending }) => pending.length > 0)
        .map((record) => hold(room, record)),
  };
}
