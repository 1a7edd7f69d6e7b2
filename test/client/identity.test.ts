/** Who a client is, over closed pages, dead processes, other users and forgetful servers: the real library and a real server, over real sockets. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStorage } from "../../src/client/file.ts";
import { type ClientSocket, type ClientStorage, createRoom, type Room, type RoomOptions, type Slot } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import { decodeOpRecord } from "../../src/room/op.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { type TestServer, testServer } from "../support/server.ts";

type Counter = Room<typeof counter>;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server whose users are their tokens. The same `store` for two is a restart. */
async function serve({ store = new Map() as MemoryStore, resumeKey = "the key of these tests", limits = {} as Partial<Limits> } = {}) {
  const auth = {
    authenticate: ({ token }: { token: string | undefined }) => (token === undefined ? undefined : { user: token, name: token }),
    authorize: () => "member" as const,
  };
  const server = await testServer({
    rooms: [counter],
    journal: memory({ store }),
    auth,
    resumeKey,
    limits: { broadcastWindowMinMs: 1, ...limits },
  });
  cleanUps.push(() => server.server.stop());
  return { server, store };
}

/** Every command that took effect: `<user>/<client> <seq>: <n>`. */
const took = (store: MemoryStore): string[] =>
  [...store.values()]
    .flatMap(({ entries }) => entries.map(({ rev, data }) => decodeOpRecord(rev, data)))
    .filter(({ seq }) => seq > 0)
    .map(({ by, seq, event }) => `${by.user}/${by.client} ${seq}: ${"n" in event ? event.n : ""}`);

/** The clients that have left. */
const left = (store: MemoryStore): string[] =>
  [...store.values()]
    .flatMap(({ entries }) => entries.map(({ rev, data }) => decodeOpRecord(rev, data)))
    .filter(({ event }) => event.type === "participant.left")
    .map(({ by }) => by.client);

/** What lies between a client and the server that it reaches at the moment, if any. */
class Line {
  server: TestServer | undefined;
  /** Nothing that the server says arrives. */
  isDeaf = false;
  /** Nothing that the client sends arrives. */
  isMute = false;
  /** Commands that the client sent, arrived or not. */
  commands = 0;

  constructor(server: TestServer | undefined) {
    this.server = server;
  }

  told(commands: number): Promise<void> {
    return eventually(() => this.commands === commands, `${commands} commands to be on their way`);
  }

  readonly socket = (): ClientSocket => {
    const real = new WebSocket(this.server?.url("counter/one") ?? "ws://127.0.0.1:1/");
    const socket: ClientSocket = {
      get readyState() {
        return real.readyState;
      },
      send: (text) => {
        if (JSON.parse(text).type === "command") this.commands++;
        if (!this.isMute) real.send(text);
      },
      close: (code, reason) => real.close(code, reason),
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    };
    real.onopen = () => socket.onopen?.();
    real.onmessage = ({ data }) => {
      if (!this.isDeaf) socket.onmessage?.({ data });
    };
    real.onclose = ({ code, reason }) => socket.onclose?.({ code, reason });
    real.onerror = () => socket.onerror?.();
    return socket;
  };
}

function enter(line: Line, storage: ClientStorage, token = "ann", options: Partial<RoomOptions<typeof counter>> = {}): Counter {
  const room = createRoom(counter, { url: "ws://rooms.test", id: "one", token, storage, socket: line.socket, random: () => 0, ...options });
  cleanUps.push(() => room.close());
  return room;
}

/** Always the same answer; notes what was asked about, each time. */
const answers =
  (fate: "again" | "drop", asked: unknown[]) =>
  (commands: readonly unknown[]): "again" | "drop" => {
    asked.push(commands);
    return fate;
  };

/** Resolves once it is so. */
function until(room: Counter, isSo: (room: Counter) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo(room)) return;
      stop();
      resolve();
    };
    const stop = room.subscribe(look);
    look();
  });
}
const total = (room: Counter): number => room.confirmed.context.total;
const clientOf = (room: Counter): string => room.me?.client ?? "nobody";
const add = (n: number) => ({ type: "add", n }) as const;
const closed = { ok: false, code: "closed" } as const;

const kinds: Readonly<Record<string, () => Promise<ClientStorage>>> = {
  memory: async () => memoryStorage(),
  files: async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-identity-"));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    return fileStorage(folder);
  },
};

for (const [kind, make] of Object.entries(kinds))
  describe(`who a client is, with its storage in ${kind}`, () => {
    test("two rooms over one storage are two clients; the next ones are the same two again", async () => {
      const { server } = await serve();
      const storage = await make();
      const both = () => [enter(new Line(server), storage), enter(new Line(server), storage)] as const;
      const first = both();
      await Promise.all(first.map((room) => room.whenSynced()));
      const clients = first.map(clientOf);
      expect(new Set(clients).size).toBe(2);
      await Promise.all(first.map((room) => room.close()));
      const second = both();
      await Promise.all(second.map((room) => room.whenSynced()));
      expect(second.map(clientOf).sort()).toEqual(clients.sort());
    });

    test("[L2] commands given while no server was ever reached are done by the next room, once", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const asked: unknown[] = [];
      const first = enter(new Line(undefined), storage);
      const sent = [first.send(add(1)), first.send(add(2))];
      await until(first, ({ connection }) => connection.status === "backoff");
      await first.close();
      expect(await Promise.all(sent.map(({ settled }) => settled))).toMatchObject([closed, closed]);

      const second = enter(new Line(server), storage, "ann", { onUnknownFate: answers("drop", asked) });
      await second.whenSynced();
      expect(asked, "nothing of it was ever sent").toEqual([]);
      expect(total(second)).toBe(3);
      expect(took(store).map((op) => op.split(": ")[1])).toEqual(["1", "2"]);
    });

    test("[L2] [L5] commands that never arrived are sent by the next room, as the same client, in order", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const line = new Line(server);
      const first = enter(line, storage);
      await first.whenSynced();
      const client = clientOf(first);
      line.isMute = true;
      const sent = [1, 2, 4].map((n) => first.send(add(n)));
      await line.told(3);
      await first.close();
      expect(await Promise.all(sent.map(({ settled }) => settled))).toMatchObject([closed, closed, closed]);
      expect(took(store)).toEqual([]);

      const second = enter(new Line(server), storage);
      await until(second, ({ pending }) => pending.length === 3);
      await second.whenSynced();
      expect(clientOf(second)).toBe(client);
      expect(total(second)).toBe(7);
      expect(took(store)).toEqual([`ann/${client} 1: 1`, `ann/${client} 2: 2`, `ann/${client} 3: 4`]);
    });

    test("[L2] [L10] what took effect and was never heard of takes none again; a refusal is told then", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const line = new Line(server);
      const first = enter(line, storage);
      await first.whenSynced();
      const client = clientOf(first);
      line.isDeaf = true;
      for (const n of [1, -1, 2]) first.send(add(n));
      await eventually(() => took(store).length === 2, "the commands to take effect");
      line.isMute = true;
      first.send(add(4));
      await line.told(4);
      await first.close();

      const second = enter(new Line(server), storage);
      const refused: unknown[] = [];
      second.on("refused", (refusal) => refused.push(refusal));
      await until(second, ({ pending }) => pending.length > 0);
      await second.whenSynced();
      expect(clientOf(second)).toBe(client);
      expect(total(second)).toBe(7);
      expect(took(store)).toEqual([`ann/${client} 1: 1`, `ann/${client} 3: 2`, `ann/${client} 4: 4`]);
      expect(refused).toMatchObject([{ seq: 2, command: add(-1), guard: "isPositive", reason: "Only up." }]);
      expect(second.send(add(8)).seq).toBe(5);
      await second.whenSynced();
      expect(total(second)).toBe(15);
    });

    test("[L2] what several dead clients left is settled by the next one, as them; their refusals are told there, and they are forgotten", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const lines = [new Line(server), new Line(server)];
      const dead = lines.map((line) => enter(line, storage));
      await Promise.all(dead.map((room) => room.whenSynced()));
      const clients = dead.map(clientOf);
      for (const line of lines) line.isMute = true;
      for (const room of dead) for (const n of [1, -1, 10]) room.send(add(n));
      await Promise.all(lines.map((it) => it.told(3)));
      await Promise.all(dead.map((room) => room.close()));

      const forgotten = Promise.withResolvers<string>();
      const next = enter(new Line(server), noted(storage, forgotten.resolve));
      const refused: unknown[] = [];
      next.on("refused", (refusal) => refused.push(refusal));
      await until(next, (room) => total(room) === 22);
      const orphan = await forgotten.promise;
      await next.whenSynced();
      expect(refused).toMatchObject([add(-1), add(-1)].map((command) => ({ seq: 2, command, reason: "Only up." })));
      expect(took(store).sort()).toEqual(clients.flatMap((client) => [`ann/${client} 1: 1`, `ann/${client} 3: 10`]).sort());
      expect([orphan, clientOf(next)].sort()).toEqual([...clients].sort());
      await next.close();

      const [again, another] = [enter(new Line(server), storage), enter(new Line(server), storage)];
      await Promise.all([again.whenSynced(), another.whenSynced()]);
      expect([again, another].map(clientOf)).toContain(clientOf(next));
      expect([again, another].map(clientOf)).not.toContain(orphan);
      expect(total(again)).toBe(22);
    });

    test("[L9] another user's commands are not done in this one's name, and are there when the first comes back", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const line = new Line(server);
      const ann = enter(line, storage, "ann");
      await ann.whenSynced();
      line.isMute = true;
      ann.send(add(1));
      await line.told(1);
      await ann.close();

      // Two tabs at once, and one more when they are gone: each finds what Ann left.
      const enterAsBob = async (n: number) => {
        const bob = enter(new Line(server), storage, "bob", { onUnknownFate: () => "again" });
        await until(bob, ({ me }) => me !== undefined);
        expect(await bob.send(add(n)).settled).toMatchObject({ ok: true });
        await bob.whenSynced();
        expect(clientOf(bob)).not.toBe(clientOf(ann));
        return bob;
      };
      const tabs = [await enterAsBob(100), await enterAsBob(200)];
      for (const tab of tabs) await tab.close();
      await (await enterAsBob(400)).close();
      expect(took(store).map((op) => op.replace(/\/.*:/, ""))).toEqual(["bob 100", "bob 200", "bob 400"]);

      const back = enter(new Line(server), storage, "ann");
      await until(back, (room) => total(room) === 701);
      await back.whenSynced();
      expect(took(store).slice(3)).toEqual([`ann/${clientOf(ann)} 1: 1`]);
    });

    test("[L2] a server that forgot the client: the app is asked about what was sent, and told `unknown` of what it drops", async () => {
      const { sent, unsent, asked, room, store, client } = await forgottenInOneLife(await make(), "drop");
      expect(await sent.settled).toMatchObject({ ok: false, code: "unknown" });
      expect(await unsent.settled).toMatchObject({ ok: true });
      expect(asked).toMatchObject([[{ seq: 2, command: add(2) }]]);
      expect(total(room)).toBe(4);
      expect(took(store)).toEqual([`ann/${client} 4: 4`]);
    });

    test("[L2] a server that forgot the client: what the app wants again is done once more, and in order", async () => {
      const { sent, unsent, asked, room, store } = await forgottenInOneLife(await make(), "again");
      expect(await sent.settled).toMatchObject({ ok: true });
      expect(await unsent.settled).toMatchObject({ ok: true });
      expect(asked).toMatchObject([[{ seq: 2, command: add(2) }]]);
      expect(total(room)).toBe(6);
      expect(took(store).map((op) => op.split(": ")[1])).toEqual(["2", "4"]);
    });

    test("[L2] so it is in the next room, with a server that keeps the fates of one client only", async () => {
      const { server, store } = await serve({ limits: { fateClientsMax: 1, graceMs: 20, sweepEveryMs: 5 } });
      const storage = await make();
      const line = new Line(server);
      const first = enter(line, storage);
      await first.whenSynced();
      line.isDeaf = true;
      first.send(add(1));
      await eventually(() => took(store).length === 1, "the command to take effect");
      await first.close();
      const other = enter(new Line(server), memoryStorage(), "bob");
      await other.whenSynced();
      await eventually(() => left(store).includes(clientOf(first)), "the end of its grace"); // until then it is remembered
      await other.send(add(1)).settled;

      const asked: unknown[] = [];
      const second = enter(new Line(server), storage, "ann", {
        onUnknownFate: answers("again", asked),
      });
      await until(second, ({ pending }) => pending.length === 1);
      await second.whenSynced();
      expect(asked).toMatchObject([[{ seq: 1, command: add(1) }]]);
      expect(took(store).filter((one) => one.startsWith("ann"))).toEqual([`ann/${clientOf(first)} 1: 1`, `ann/${clientOf(first)} 2: 1`]);
    });

    test("[L9] a secret that does not fit: the client takes another id and goes on", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const line = new Line(server);
      const first = enter(line, storage);
      await first.whenSynced();
      line.isMute = true;
      first.send(add(1));
      await line.told(1);
      await first.close();
      await server.server.stop();

      const restarted = await serve({ store, resumeKey: "another key, of another server" });
      const asked: unknown[] = [];
      const second = enter(new Line(restarted.server), storage, "ann", {
        onUnknownFate: answers("again", asked),
      });
      second.send(add(2));
      await until(second, (room) => total(room) === 3);
      await second.whenSynced();
      expect(clientOf(second)).not.toBe(clientOf(first));
      expect(asked).toMatchObject([[{ command: add(1) }]]);
      expect(
        took(store)
          .map((op) => op.split(": ")[1])
          .sort(),
      ).toEqual(["1", "2"]);
      expect(took(store).join()).not.toContain(clientOf(first));
      await second.close();
      const third = enter(new Line(restarted.server), storage);
      await third.whenSynced();
      expect(clientOf(third)).not.toBe(clientOf(first));
      expect(total(third)).toBe(3);
    });

    test("a room that is closed while its storage is still being read is that client no longer", async () => {
      const { server } = await serve();
      const storage = await make();
      const first = enter(new Line(server), storage);
      await first.whenSynced();
      await first.close();
      await enter(new Line(server), storage).close();
      const third = enter(new Line(server), storage);
      await third.whenSynced();
      expect(clientOf(third)).toBe(clientOf(first));
    });

    test("a room that is closed while orphans are being looked for leaves them for the next", async () => {
      const { server, store } = await serve();
      const storage = await make();
      const dead = [enter(new Line(undefined), storage), enter(new Line(undefined), storage)];
      for (const room of dead) room.send(add(1));
      await Promise.all(dead.map((room) => until(room, ({ connection }) => connection.status === "backoff")));
      await Promise.all(dead.map((room) => room.close()));

      const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const released = Promise.withResolvers<boolean>();
      const observed = onSlots(storage, (slot) => ({
        ...slot,
        async release(forget = false) {
          await slot.release(forget);
          released.resolve(forget);
        },
      }));
      const line = new Line(server);
      const room = enter(line, {
        ...storage,
        async orphans(at) {
          asked.resolve();
          await answered.promise;
          return observed.orphans(at);
        },
      });
      await asked.promise;
      line.isMute = true;
      await room.close();
      line.isMute = false;
      answered.resolve();
      expect(await released.promise, "forgotten").toBe(false);
      expect(took(store).length).toBeLessThan(2);
    });

    test("[L2] a command given at any moment of a save is stored and sent", async () => {
      const { server } = await serve();
      const room = enter(new Line(server), await make());
      await room.whenSynced();
      for (let moment = 0; moment < 8; moment++) {
        expect(await room.send(add(1)).settled).toMatchObject({ ok: true }); // that, too, is saved
        for (let i = 0; i < moment; i++) await Promise.resolve();
        expect(await room.send(add(1)).settled).toMatchObject({ ok: true });
      }
    });

    test("storage that cannot save is told, and done without", async () => {
      const { server } = await serve();
      const fails = () => Promise.reject(new Error("the disk is full"));
      const cannotSave = onSlots(await make(), (slot) => ({ ...slot, save: fails }));
      for (const storage of [cannotSave, { ...cannotSave, claim: fails, orphans: fails }]) {
        const room = enter(new Line(server), storage);
        const troubles: unknown[] = [];
        room.on("trouble", (trouble) => troubles.push(trouble));
        expect(await room.send(add(1)).settled).toMatchObject({ ok: true });
        expect(troubles[0]).toMatchObject({ code: "storage", error: new Error("the disk is full") });
      }
    });

    test("[L2] a command is on the wire only once it is stored", async () => {
      const { server } = await serve();
      const gates: PromiseWithResolvers<void>[] = [];
      let isHeld = false;
      const storage = onSlots(await make(), (slot) => ({
        ...slot,
        async save(record) {
          const gate = Promise.withResolvers<void>();
          if (isHeld) gates.push(gate);
          else gate.resolve();
          await gate.promise;
          await slot.save(record);
        },
      }));
      const line = new Line(server);
      const room = enter(line, storage);
      await room.whenSynced();
      isHeld = true;
      const sent = room.send(add(1));
      expect(sent.predicted).toBe(true);
      await eventually(() => gates.length === 1, "the save");
      // A whole round trip of somebody else's command: whatever was to go out would have.
      const other = enter(new Line(server), memoryStorage(), "bob");
      await other.send(add(10)).settled;
      await until(room, (it) => total(it) === 10);
      expect(line.commands).toBe(0);
      isHeld = false;
      gates[0]?.resolve();
      expect(await sent.settled).toMatchObject({ ok: true });
      expect(line.commands).toBe(1);
    });
  });

/** A client sends one command that it never hears of, then the server loses everything; another is given while it is away. */
async function forgottenInOneLife(storage: ClientStorage, fate: "again" | "drop") {
  const lost = await serve();
  const line = new Line(lost.server);
  const asked: unknown[] = [];
  const room = enter(line, storage, "ann", {
    onUnknownFate: answers(fate, asked),
  });
  await room.whenSynced();
  expect(await room.send(add(1)).settled).toMatchObject({ ok: true });
  line.isDeaf = true;
  const sent = room.send(add(2));
  await eventually(() => took(lost.store).length === 2, "the command to take effect");
  line.server = undefined;
  await lost.server.server.stop();
  await until(room, ({ connection }) => connection.status === "backoff");
  const unsent = room.send(add(4));
  const { server, store } = await serve();
  line.isDeaf = false;
  line.server = server;
  room.connect();
  await room.whenSynced();
  return { sent, unsent, asked, room, store, client: clientOf(room) };
}

function onSlots(storage: ClientStorage, change: (slot: Slot) => Slot): ClientStorage {
  return {
    ...storage,
    claim: async (at, fresh) => change(await storage.claim(at, fresh)),
    claimFresh: async (at, fresh) => change(await storage.claimFresh(at, fresh)),
    orphans: async (at) => (await storage.orphans(at)).map(change),
  };
}

/** Tells which client was forgotten. */
const noted = (storage: ClientStorage, tell: (client: string) => void): ClientStorage =>
  onSlots(storage, (slot) => ({
    ...slot,
    async release(forget = false) {
      await slot.release(forget);
      if (forget) tell(slot.record.client);
    },
  }));
