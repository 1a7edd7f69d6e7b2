/** What a server has to be, and what its streams have to be: told at the start. */
import { afterEach, describe, expect, test } from "bun:test";
import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { nats } from "../../../src/journal/nats.ts";
import { namesUnder } from "../../../src/journal/nats-names.ts";
import { FakeNats } from "../../support/fake-nats.ts";
import { freshPrefix, NatsServer, natsTest, withNats } from "../../support/nats-server.ts";
import { rejection } from "../../support/rejection.ts";
import { append, begin, cleanUp, later, startNode } from "./nodes.ts";

const server = withNats();
afterEach(cleanUp);

const refused = (words: string) => ({ name: "JournalError", code: "unsupported", message: expect.stringContaining(words) });
const deps = { newEpoch: () => "e", onAlarm: () => undefined };

describe("a server that will not do", () => {
  for (const version of ["2.10.29", "2.9.10", "1.4.0", "2.10.0-beta.1"]) {
    test(`version '${version}'`, async () => {
      const fake = later(await FakeNats.say({ version }));
      expect(await rejection(startNode({ servers: fake.address, timeoutMs: 500 }))).toMatchObject(refused("2.11.0 or newer is needed"));
    });
  }

  test("a canary: the version alone is why", async () => {
    const fake = later(await FakeNats.say({ version: "2.11.0" }));
    expect(await rejection(startNode({ servers: fake.address, timeoutMs: 200 }))).toMatchObject({ code: "io" });
  });

  test("one that takes only small messages, or no headers", async () => {
    const small = later(await FakeNats.say({ version: "2.11.0", max_payload: 4_096 }));
    expect(await rejection(startNode({ servers: small.address }))).toMatchObject(refused("max_payload is 4096"));
    const bare = later(await FakeNats.say({ version: "2.11.0", headers: false }));
    expect(await rejection(startNode({ servers: bare.address }))).toMatchObject(refused("headers"));
  });

  natsTest("one without JetStream", async () => {
    const own = later(await NatsServer.start("jetstream: disabled"));
    expect(await rejection(startNode({ servers: own.address }))).toMatchObject(refused("JetStream is off"));
  });

  natsTest("a single one, for more copies than it can hold", async () => {
    const options = { servers: server().address, prefix: freshPrefix(), replicas: 3 };
    expect(await rejection(startNode(options))).toMatchObject(refused("3 copies"));
  });

  natsTest("passwords are no part of what is told", async () => {
    const failure = await rejection(startNode({ servers: "nats://ada:secret@127.0.0.1:1", timeoutMs: 200 }));
    expect(String(failure)).toContain("127.0.0.1:1");
    expect(String(failure)).not.toContain("secret");
  });
});

describe("a stream that is there already", () => {
  async function withStream(name: "ops" | "store", change: Partial<StreamConfig>, replicas?: number) {
    const options = { servers: server().address, prefix: freshPrefix(), ...(replicas === undefined ? {} : { replicas }) };
    const node = await startNode({ servers: options.servers, prefix: options.prefix });
    await node.journal.close();
    const nc = await connect({ servers: options.servers });
    const { streams } = await jetstreamManager(nc);
    const stream = namesUnder(options.prefix)[name];
    const { config } = await streams.info(stream);
    await streams.delete(stream);
    await streams.add({ ...config, ...change });
    await nc.close();
    return startNode(options);
  }

  const faults: readonly (readonly [what: string, "ops" | "store", Partial<StreamConfig>, told: string])[] = [
    ["forgets by age", "ops", { max_age: 3_600_000_000_000 }, "max_age"],
    ["forgets by count", "ops", { max_msgs: 1_000 }, "max_msgs"],
    ["forgets by count per room", "ops", { max_msgs_per_subject: 10 }, "max_msgs_per_subject"],
    ["throws the oldest away", "ops", { discard: "old" as StreamConfig["discard"] }, "discard"],
    ["is in memory", "ops", { storage: "memory" as StreamConfig["storage"] }, "storage"],
    ["tells nobody", "ops", { republish: { src: ">", dest: "elsewhere.>" } }, "republish"],
    ["takes no probes", "ops", { allow_rollup_hdrs: false }, "allow_rollup_hdrs"],
    ["lets nothing be trimmed", "ops", { deny_purge: true, allow_rollup_hdrs: false }, "deny_purge"],
    ["cannot be read directly", "store", { allow_direct: false }, "allow_direct"],
    ["forgets snapshots by age", "store", { max_age: 3_600_000_000_000 }, "max_age"],
    ["throws the oldest snapshots away", "store", { max_bytes: 1_000_000 }, "discard"],
  ];
  for (const [what, name, change, told] of faults)
    natsTest(`is refused if it ${what}`, async () => {
      expect(await rejection(withStream(name, change))).toMatchObject(refused(told));
    });

  natsTest("is taken if it is as ours, or has a limit that loses nothing", async () => {
    await withStream("ops", {});
    const { journal } = await withStream("ops", { max_bytes: 20_000 });
    let cursor = await begin(journal);
    const full = await rejection(
      (async () => {
        for (;;) cursor = await append(journal, cursor, "x".repeat(3_000));
      })(),
    );
    expect(full).toMatchObject({ name: "JournalError", code: "full" });
    expect(cursor.rev).toBeGreaterThan(2);
    expect((await journal.read("meeting/a", 1)).length).toBe(cursor.rev);
  });

  natsTest("is refused with fewer copies than asked for", async () => {
    expect(await rejection(withStream("ops", {}, 3))).toMatchObject(refused("it has 1 copies, not 3"));
  });

  natsTest("several nodes may make it at once", async () => {
    const options = { servers: server().address, prefix: freshPrefix() };
    const nodes = await Promise.all([1, 2, 3].map(() => startNode(options)));
    for (const { journal } of nodes) await journal.probe();
  });
});

describe("who stores elsewhere", () => {
  test("never loads NATS: nothing that src/index.ts imports does, before `nats(…)` is called", async () => {
    const transpiler = new Bun.Transpiler({ loader: "ts" });
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = async (url: URL): Promise<void> => {
      if (seen.has(url.href) || !url.pathname.endsWith(".ts")) return;
      seen.add(url.href);
      for (const { kind, path } of transpiler.scanImports(await Bun.file(url).text())) {
        if (kind !== "import-statement") continue;
        if (path.startsWith(".")) await visit(new URL(path, url));
        else packages.add(path);
      }
    };
    await visit(new URL("../../../src/index.ts", import.meta.url));
    expect([...seen].some((file) => file.endsWith("/journal/nats.ts"))).toBe(true);
    expect([...packages].filter((name) => name.startsWith("@nats-io"))).toEqual([]);
    expect(packages).toContain("xstate");
    await visit(new URL("../../../src/journal/nats-journal.ts", import.meta.url)); // the canary
    expect([...packages].some((name) => name.startsWith("@nats-io"))).toBe(true);
  });

  natsTest("`nats(…)` is a journal as the others are", async () => {
    const journal = await nats({ servers: [server().address], prefix: freshPrefix() })(deps);
    expect(journal.name).toMatch(/^nats 127\.0\.0\.1:\d+ t\d+_\d+$/);
    await journal.close();
  });
});
