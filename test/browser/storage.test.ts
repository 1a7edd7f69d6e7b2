import { expect } from "bun:test";
import { join } from "node:path";
import type { indexedDbStorage } from "../../src/client/indexed-db.ts";
import { memory } from "../../src/journal/memory.ts";
import { clientStorageCases } from "../contract/client-storage.contract.ts";
import { board } from "../support/board.ts";
import { testServer } from "../support/server.ts";
import { browserTest, Profile, withChromium } from "./chromium.ts";

withChromium();
const pages = { "/": join(import.meta.dir, "pages/storage.html") };
declare const window: { run(index: number): Promise<string>; indexedDbStorage: typeof indexedDbStorage };

browserTest("client storage contract: IndexedDB", async () => {
  await using running = await testServer({ rooms: [board], journal: memory(), pages });
  await using profile = await Profile.make();
  const tab = await profile.open(running.http("/"));
  for (const [index, { name }] of clientStorageCases.entries())
    expect([name, await tab.evaluate((n) => window.run(n), index)]).toEqual([name, ""]);
  profile.expectQuiet();
});

browserTest("[L2] two pages are never the same client; what a closed page left is the next one's", async () => {
  await using running = await testServer({ rooms: [board], journal: memory(), pages });
  await using profile = await Profile.make();
  const claim = async (fresh: string) => {
    const tab = await profile.open(running.http("/"));
    const client = await tab.evaluate(async (name) => {
      const record = { client: name, nextSeq: 1, pending: [], usedAt: Date.now() };
      const slot = await window.indexedDbStorage("pages").claim("room", record);
      await slot.save({ ...slot.record, nextSeq: slot.record.nextSeq + 1 });
      return `${slot.record.client} ${slot.record.nextSeq}`;
    }, fresh);
    return { tab, client };
  };
  const first = await claim("a");
  expect(first.client).toBe("a 1");
  expect((await claim("b")).client).toBe("b 1");
  await first.tab.close();
  expect((await claim("c")).client).toBe("a 2");
  profile.expectQuiet();
});
