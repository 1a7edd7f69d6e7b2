/**
 * What every storage of clients keeps, whatever it stores in. Plain cases that throw, so that a page can run them as well as `bun test`:
 * test/client/storage.test.ts runs them on each implementation that needs no browser.
 */
import { type ClientRecord, type ClientStorage, recordDaysMax, type Slot } from "../../src/client/storage.ts";

/** Two storages over one empty place, as two tabs or processes have it; a kind that cannot have two gives the same twice. */
export interface StorageSubject {
  readonly storage: ClientStorage;
  readonly other: ClientStorage;
}

interface StorageCase {
  readonly name: string;
  run(make: () => StorageSubject | Promise<StorageSubject>): Promise<void>;
  /** Turns a right storage into one that this case has to reject. */
  fault(right: ClientStorage): Partial<ClientStorage>;
}

const room = "ws://example.test/rooms/board/1";
const start = 1_700_000_000_000;
const dayMs = 86_400_000;

/** A record as a client has it that gave `commands` commands. */
export const recordOf = (client: string, usedAt = start, commands = 0): ClientRecord => ({
  client,
  resume: `secret of ${client}`,
  user: `user of ${client}`,
  nextSeq: commands + 1,
  pending: Array.from({ length: commands }, (_, i) => ({ seq: i + 1, event: { type: "add", n: i, text: 'é \u2028 "' }, at: usedAt + i })),
  usedAt,
});

export const clientStorageCases: readonly StorageCase[] = [
  {
    name: "where there is nothing, a claim gives the fresh client; let go unsaved, it leaves nothing",
    async run(make) {
      const { storage, other } = await make();
      const slot = await storage.claim(room, recordOf("a"));
      same(slot.record, recordOf("a"));
      await slot.release();
      same((await other.claim(room, recordOf("b"))).record, recordOf("b"));
    },
    fault: ({ claim }) => ({ claim: async (at, fresh) => withRecord(await claim(at, fresh), { nextSeq: 9 }) }),
  },
  {
    name: "what was saved last is claimed again once it is let go",
    async run(make) {
      const { storage, other } = await make();
      const slot = await storage.claim(room, recordOf("a"));
      await slot.save(recordOf("a", start + 1, 2));
      await Promise.all([slot.save(recordOf("a", start + 2, 5)), slot.save(recordOf("a", start + 3, 3))]);
      await slot.release();
      same((await other.claim(room, recordOf("b"))).record, recordOf("a", start + 3, 3));
    },
    fault: ({ claimFresh }) => ({ claim: claimFresh }),
  },
  {
    name: "of several free clients, the one that was used last is claimed first",
    async run(make) {
      const { storage, other } = await make();
      await leave(storage, recordOf("a", start + 2), recordOf("b", start + 3), recordOf("c", start + 1));
      for (const expected of ["b", "a", "c", "fresh"]) equal((await other.claim(room, recordOf("fresh"))).record.client, expected);
    },
    fault: ({ claimFresh }) => ({
      claimFresh: async (at, fresh) => {
        const slot = await claimFresh(at, fresh);
        return { ...slot, save: (record) => slot.save({ ...record, usedAt: 2 * start - record.usedAt }) };
      },
    }),
  },
  {
    name: "a client that somebody is, is given to nobody else",
    async run(make) {
      const { storage, other } = await make();
      await leave(storage, recordOf("a", start, 1));
      equal((await storage.claim(room, recordOf("b"))).record.client, "a");
      equal((await storage.claim(room, recordOf("c"))).record.client, "c");
      equal((await other.claim(room, recordOf("d"))).record.client, "d");
      equal((await other.orphans(room)).length, 0);
      let given: Slot | undefined;
      const refused = await other.claimFresh(room, recordOf("a")).then(
        (slot) => {
          given = slot;
        },
        (error: unknown) => error,
      );
      check(given === undefined && refused instanceof Error, "a client id that is somebody's was given as a fresh one");
    },
    fault: ({ claim }) => {
      let first: Promise<Slot> | undefined;
      return {
        claim: (at, fresh) => {
          first ??= claim(at, fresh);
          return first;
        },
      };
    },
  },
  {
    name: "claimFresh gives a new client, whatever is free",
    async run(make) {
      const { storage } = await make();
      await leave(storage, recordOf("a", start, 1));
      same((await storage.claimFresh(room, recordOf("b"))).record, recordOf("b"));
    },
    fault: ({ claim, claimFresh }) => ({
      claimFresh: (at, fresh) => (fresh.client === "b" ? claim(at, fresh) : claimFresh(at, fresh)),
    }),
  },
  {
    name: "orphans are the free clients with commands pending, and whoever asked is all of them",
    async run(make) {
      const { storage, other } = await make();
      await leave(storage, recordOf("a", start, 2), recordOf("b", start, 0), recordOf("c", start, 1));
      await (await storage.claimFresh(room, recordOf("held"))).save(recordOf("held", start, 1));
      const orphans = await other.orphans(room);
      equal(clientsOf(orphans), "a c");
      same(orphans.find(({ record }) => record.client === "a")?.record, recordOf("a", start, 2));
      equal((await storage.orphans(room)).length, 0);
      equal((await storage.claim(room, recordOf("d"))).record.client, "b");
      await Promise.all(orphans.map((slot) => slot.release()));
      equal(clientsOf(await storage.orphans(room)), "a c");
    },
    fault: ({ orphans }) => ({
      orphans: async (at) => {
        const slots = await orphans(at);
        await Promise.all(slots.map((slot) => slot.release()));
        return slots;
      },
    }),
  },
  {
    name: "a forgotten client is gone",
    async run(make) {
      const { storage, other } = await make();
      await leave(storage, recordOf("a", start, 1), recordOf("b", start - 1, 1));
      await (await storage.claim(room, recordOf("c"))).release(true);
      equal(clientsOf(await other.orphans(room)), "b");
      equal((await other.claim(room, recordOf("d"))).record.client, "d");
    },
    fault: ({ claim }) => ({
      claim: async (at, fresh) => {
        const slot = await claim(at, fresh);
        return { ...slot, release: () => slot.release() };
      },
    }),
  },
  {
    name: "rooms have nothing in common, however alike their addresses",
    async run(make) {
      const { storage } = await make();
      await leave(storage, recordOf("a", start, 1));
      for (const elsewhere of [`${room}0`, room.slice(0, -1), room.toUpperCase()]) {
        equal((await storage.orphans(elsewhere)).length, 0);
        equal((await storage.claim(elsewhere, recordOf("b"))).record.client, "b");
        await (await storage.claimFresh(elsewhere, recordOf("a", start))).save(recordOf("a", start, 7));
      }
      same((await storage.claim(room, recordOf("b"))).record, recordOf("a", start, 1));
    },
    fault: ({ claim, claimFresh, orphans }) => ({
      claim: (at, fresh) => claim(at.toLowerCase(), fresh),
      claimFresh: (at, fresh) => claimFresh(at.toLowerCase(), fresh),
      orphans: (at) => orphans(at.toLowerCase()),
    }),
  },
  {
    name: `a client that was not used for ${recordDaysMax} days is forgotten`,
    async run(make) {
      const { storage } = await make();
      const now = start + recordDaysMax * dayMs;
      await leave(storage, recordOf("old", start - 1, 1));
      equal((await storage.claim(room, recordOf("a", now))).record.client, "a");
      equal((await storage.orphans(room)).length, 0);
    },
    fault: ({ claim }) => ({ claim: (at, fresh) => claim(at, { ...fresh, usedAt: 0 }) }),
  },
  {
    name: "an outdated client is forgotten also where a newer one is claimed",
    async run(make) {
      const { storage } = await make();
      const now = start + recordDaysMax * dayMs;
      await leave(storage, recordOf("old", start - 1, 1), recordOf("young", start, 1), recordOf("new", now));
      equal((await storage.claim(room, recordOf("a", now))).record.client, "new");
      equal(clientsOf(await storage.orphans(room)), "young");
    },
    fault: ({ claim }) => ({ claim: (at, fresh) => claim(at, { ...fresh, usedAt: 0 }) }),
  },
  {
    name: "what was being saved when a client was let go is there for the next",
    async run(make) {
      const { storage, other } = await make();
      const slot = await storage.claim(room, recordOf("a"));
      const saved = slot.save(recordOf("a", start, 3));
      await Promise.all([slot.release(), saved]);
      same((await other.claim(room, recordOf("b"))).record, recordOf("a", start, 3));
    },
    fault: ({ claim }) => ({
      claim: async (at, fresh) => {
        const slot = await claim(at, fresh);
        return { ...slot, save: async () => undefined };
      },
    }),
  },
  {
    name: "many who claim at once are all different clients, and take what is free",
    async run(make) {
      const { storage, other } = await make();
      await leave(storage, ...["a", "b", "c"].map((client, i) => recordOf(client, start + i, 1)));
      const claims = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? storage : other).claim(room, recordOf(`fresh${i}`)));
      const asked = Promise.all([storage.orphans(room), other.orphans(room)]);
      const clients = [...(await Promise.all(claims)), ...(await asked).flat()].map(({ record }) => record.client);
      equal(new Set(clients).size, clients.length);
      check(clients.length >= 12, "a claim came to nothing");
      // Whoever came to a lock just as it was let go may have passed on; then it is still free.
      const rest = (await storage.orphans(room)).map(({ record }) => record.client);
      equal(
        [...clients, ...rest]
          .filter((client) => !client.startsWith("fresh"))
          .sort()
          .join(" "),
        "a b c",
      );
    },
    fault: ({ claim }) => {
      let last: Promise<Slot> | undefined;
      return {
        claim: (at, fresh) => {
          if (last === undefined || fresh.client !== "fresh2") last = claim(at, fresh);
          return last;
        },
      };
    },
  },
];

/** They were used, and nobody is them any more. */
async function leave(storage: ClientStorage, ...records: readonly ClientRecord[]): Promise<void> {
  for (const record of records) {
    const slot = await storage.claimFresh(room, { ...record, pending: [] });
    await slot.save(record);
    await slot.release();
  }
}

const withRecord = (slot: Slot, change: Partial<ClientRecord>): Slot => ({ ...slot, record: { ...slot.record, ...change } });

const clientsOf = (slots: readonly Slot[]): string =>
  slots
    .map(({ record }) => record.client)
    .sort()
    .join(" ");

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function equal(value: unknown, expected: unknown): void {
  check(value === expected, `${JSON.stringify(value)} instead of ${JSON.stringify(expected)}`);
}

/** In all that the port names: a storage may keep more beside it. */
function same(record: ClientRecord | undefined, expected: ClientRecord): void {
  const text = ({ client, resume, user, nextSeq, pending, usedAt }: ClientRecord) =>
    JSON.stringify([client, resume, user, nextSeq, pending.map(({ seq, event, at }) => [seq, event, at]), usedAt]);
  check(record !== undefined, "there is no record");
  equal(text(record), text(expected));
}
