import { afterEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStorage } from "../../src/client/file.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import type { ClientStorage } from "../../src/client/storage.ts";
import { clientStorageCases, recordOf, type StorageSubject } from "../contract/client-storage.contract.ts";
import { rejection } from "../support/rejection.ts";

const room = "ws://example.test/rooms/board/1";
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-clients-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
async function twoOfOneFolder(): Promise<StorageSubject> {
  const folder = join(await temporaryFolder(), "made", "when needed");
  return { storage: fileStorage(folder), other: fileStorage(folder) };
}

function describeClientStorage(name: string, make: () => StorageSubject | Promise<StorageSubject>): void {
  describe(`client storage contract: ${name}`, () => {
    for (const { name, run } of clientStorageCases) test(name, () => run(make));
  });
}

describeClientStorage("memory", () => {
  const storage = memoryStorage();
  return { storage, other: storage };
});
describeClientStorage("files", twoOfOneFolder);

describe("client storage contract: each case finds what it is there for", () => {
  for (const { name, run, fault } of clientStorageCases)
    test(name, async () => {
      const wrong = (right: ClientStorage): ClientStorage => ({ ...right, ...fault(right) });
      const failure = await rejection(
        run(async () => {
          const { storage, other } = await twoOfOneFolder();
          return { storage: wrong(storage), other: wrong(other) };
        }),
      );
      expect(failure).toBeInstanceOf(Error);
    });
});

/** A process that claims clients; see storage-child.ts. */
class Child {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(...args: string[]) {
    this.#process = Bun.spawn([process.execPath, join(import.meta.dir, "storage-child.ts"), ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#lines = linesOf(this.#process.stdout);
    cleanUps.push(() => this.kill());
  }

  get pid(): number {
    return this.#process.pid;
  }

  async claim(at: string): Promise<string[]> {
    this.#process.stdin.write(`${at}\n`);
    await this.#process.stdin.flush();
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the process ended");
    return JSON.parse(value);
  }

  /** Resolves when nothing of it is left. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

async function deadPid(): Promise<number> {
  const child = Bun.spawn(["true"]);
  await child.exited;
  return child.pid;
}

/** A client that a process left when it died: its record, and its lock with `owner` in it. */
async function leftBehind(folder: string, owner: string, at = room): Promise<string> {
  const before = new Set(await readdir(folder));
  const slot = await fileStorage(folder).claimFresh(at, recordOf("left"));
  await slot.save(recordOf("left", undefined, 3));
  const name = (await readdir(folder)).find((file) => file.endsWith(".lock") && !before.has(file));
  if (name === undefined) throw new Error("no lock");
  await writeFile(join(folder, name), owner);
  return join(folder, name);
}
const claimed = async (folder: string): Promise<string> => (await fileStorage(folder).claim(room, recordOf("fresh"))).record.client;
const someId = "0123456789abcdef";

describe("clients in files, of several processes", () => {
  test("what a living process is, nobody else gets; what it left when it was killed, the next one does", async () => {
    const folder = await temporaryFolder();
    const child = new Child(folder, "child");
    const theirs = await child.claim(room);
    expect(new Set(theirs).size).toBe(8);
    const storage = fileStorage(folder);
    const mine = await storage.claim(room, recordOf("mine"));
    expect(mine.record.client).toBe("mine");
    expect(await storage.orphans(room)).toEqual([]);

    await child.kill();
    const next = await storage.claim(room, recordOf("next"));
    expect(theirs).toContain(next.record.client);
    expect(next.record).toEqual(recordOf(next.record.client, next.record.usedAt, 2));
    expect([next, ...(await storage.orphans(room))].map(({ record }) => record.client).sort()).toEqual([...theirs].sort());
  });

  /** Two processes, eight claims each, all at once, for the one client that a dead process left: how many of them got it, in each round. */
  async function races(rounds: number, ...kind: string[]): Promise<number[]> {
    const folder = await temporaryFolder();
    const owner = `${await deadPid()}-${someId}`;
    const children = [new Child(folder, "x", ...kind), new Child(folder, "y", ...kind)];
    const winners: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const at = `${room}${round}`;
      const lock = await leftBehind(folder, owner, at);
      const clients = (await Promise.all(children.map((child) => child.claim(at)))).flat();
      winners.push(clients.filter((client) => client === "left").length);
      if (kind.length > 0) await rm(lock);
    }
    return winners;
  }

  test("of all who race for a dead one's client, exactly one gets it", async () => {
    expect(await races(60)).toEqual(Array.from({ length: 60 }, () => 1));
  }, 60_000);

  test("the race shows it if two get the same client", async () => {
    expect(Math.max(...(await races(100, "naive")))).toBeGreaterThan(1);
  }, 60_000);

  test("a lock whose owner is no more is nobody's: dead, of this process's earlier life, or torn by a power cut", async () => {
    for (const owner of [`${await deadPid()}-${someId}`, `${process.pid}-${someId}`, "", "1234", `0-${someId}`, "\0\0\0"]) {
      const folder = await temporaryFolder();
      await leftBehind(folder, owner);
      expect(await claimed(folder), JSON.stringify(owner)).toBe("left");
    }
  });

  test("a lock whose owner lives is left alone", async () => {
    const folder = await temporaryFolder();
    const text = `${process.ppid}-${someId}`;
    const lock = await leftBehind(folder, text);
    expect(await claimed(folder)).toBe("fresh");
    expect(await readFile(lock, "utf8")).toBe(text);
  });

  test("whoever dies while it takes over a dead one's lock stands in nobody's way, and what it left goes with the client", async () => {
    const folder = await temporaryFolder();
    const dead = `${await deadPid()}-`;
    const [first, second] = [`${dead}${someId}`, `${dead}fedcba9876543210`];
    const lock = await leftBehind(folder, first);
    await writeFile(`${lock}.${first}`, second);
    await writeFile(`${lock}.${second}.tmp`, second);
    await writeFile(`${lock}.fedcba`, "");
    const slot = await fileStorage(folder).claim(room, recordOf("fresh"));
    expect(slot.record.client).toBe("left");
    await slot.release(true);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("clients in files", () => {
  /** Two free clients, `a` and `b`, of which `b` was used last: the path of its record. */
  async function twoFree(folder: string): Promise<string> {
    for (const record of [recordOf("a", 1, 1), recordOf("b", 2, 1)]) {
      const slot = await fileStorage(folder).claimFresh(room, record);
      await slot.save(record);
      await slot.release();
    }
    for (const name of await readdir(folder)) if ((await readFile(join(folder, name), "utf8")).includes('"b"')) return join(folder, name);
    throw new Error("no record");
  }

  test("a record that is torn, foreign or another's is set aside with all its bytes, and the others are served", async () => {
    const own = await readFile(await twoFree(await temporaryFolder()), "utf8");
    const record = JSON.parse(own);
    const broken = [
      "",
      own.slice(0, -20),
      "null",
      "[]",
      '"b"',
      ...[
        { room: `${room}0` },
        { client: "c" },
        { client: 5 },
        { nextSeq: 0 },
        { nextSeq: 1.5 },
        { resume: 5 },
        { user: null },
        { usedAt: "2" },
      ].map((change) => JSON.stringify({ ...record, ...change })),
      ...[
        {},
        [null],
        [{ seq: 0, event: { type: "add" }, at: 1 }],
        [{ seq: 1, event: {}, at: 1 }],
        [{ seq: 1, event: { type: "add" } }],
      ].map((pending) => JSON.stringify({ ...record, pending })),
    ];
    for (const text of broken) {
      const folder = await temporaryFolder();
      await writeFile(await twoFree(folder), text);
      const storage = fileStorage(folder);
      expect((await storage.claim(room, recordOf("fresh", 3))).record.client, text).toBe("a");
      expect((await storage.claim(room, recordOf("fresh", 3))).record.client).toBe("fresh");
      expect(await storage.orphans(room)).toEqual([]);
      const aside = (await readdir(folder)).filter((name) => name.endsWith(".damaged"));
      expect(aside).toHaveLength(1);
      expect(await readFile(join(folder, aside[0] ?? ""), "utf8")).toBe(text);
    }
  });

  test("a record that cannot be read stays where it is, and the others are served", async () => {
    const folder = await temporaryFolder();
    const path = await twoFree(folder);
    await rm(path);
    await mkdir(path);
    expect((await fileStorage(folder).claim(room, recordOf("fresh", 3))).record.client).toBe("a");
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test("a save that a crash cut short changes nothing", async () => {
    const folder = await temporaryFolder();
    const path = await twoFree(folder);
    await writeFile(`${path}.tmp`, '{"room":');
    const slot = await fileStorage(folder).claim(room, recordOf("fresh", 3));
    expect(slot.record).toEqual(recordOf("b", 2, 1));
    await slot.release(true);
    expect((await readdir(folder)).filter((name) => path.includes(name.split(".")[0] ?? ""))).toEqual([]);
  });

  test("files that are none of its own are not touched", async () => {
    const folder = await temporaryFolder();
    const names = ["package.json", "notes.lock", "x.json.tmp", "0123456789abcdef01234567-89abcdef0123456789abcdef.json.bak"];
    for (const name of names) await writeFile(join(folder, name), "mine");
    const slot = await fileStorage(folder).claim(room, recordOf("a"));
    await slot.save(recordOf("a"));
    await slot.release(true);
    expect((await readdir(folder)).sort()).toEqual([...names].sort());
    for (const name of names) expect(await readFile(join(folder, name), "utf8")).toBe("mine");
  });

  test("folder and files are for their owner alone", async () => {
    const folder = join(await temporaryFolder(), "made");
    const slot = await fileStorage(folder).claim(room, recordOf("a"));
    await slot.save(recordOf("a"));
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(folder)).toBe("700");
    const names = await readdir(folder);
    expect(names.map((name) => name.split(".").pop()).sort()).toEqual(["json", "lock"]);
    for (const name of names) expect(await mode(join(folder, name))).toBe("600");
  });

  test("a save that fails is told, and does not keep the next one from working", async () => {
    const folder = join(await temporaryFolder(), "made");
    const slot = await fileStorage(folder).claim(room, recordOf("a"));
    await rm(folder, { recursive: true });
    expect(await rejection(slot.save(recordOf("a", 1, 1)))).toMatchObject({ code: "ENOENT" });
    await mkdir(folder);
    await slot.save(recordOf("a", 2, 2));
    await slot.release();
    expect((await fileStorage(folder).claim(room, recordOf("b", 3))).record).toEqual(recordOf("a", 2, 2));
  });

  test("whoever let go of a client can no longer write to it, nor let go of the next one's", async () => {
    const folder = await temporaryFolder();
    const slot = await fileStorage(folder).claim(room, recordOf("a"));
    await slot.save(recordOf("a"));
    await slot.release();
    const next = await fileStorage(folder).claim(room, recordOf("b"));
    expect(await rejection(slot.save(recordOf("a", 1, 1)))).toBeInstanceOf(Error);
    await slot.release(true);
    expect(await claimed(folder)).toBe("fresh");
    expect(next.record).toEqual(recordOf("a"));
  });
});
