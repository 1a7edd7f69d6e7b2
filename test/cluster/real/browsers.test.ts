/** The meeting as it is, in three browsers on three nodes, while the one that decides is killed. In the long form only (CLUSTER=long). */
import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { NodeProcess } from "../../../scripts/cluster/node-process.ts";
import { NatsCluster } from "../../../scripts/nats/nats-cluster.ts";
import { isLive, isSaved } from "../../browser/app.ts";
import { browserTest, Profile, withChromium } from "../../browser/chromium.ts";

const isLong = process.env["CLUSTER"] === "long";
let nats: NatsCluster;
let nodes: readonly NodeProcess[];
let data: string;

if (isLong) {
  withChromium();
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "quorate-nodes-"));
    nats = await NatsCluster.start();
    const env = {
      QUORATE_NATS: nats.addresses.join(","),
      QUORATE_DATA: data,
      QUORATE_PORT: "0",
      QUORATE_ADMIN_PORT: "0",
      QUORATE_LOG: "text",
    };
    nodes = Array.from({ length: 3 }, () => new NodeProcess(env, () => undefined));
    await Promise.all(nodes.map(({ ready }) => ready));
  }, 60_000);
  afterAll(async () => {
    for (const node of nodes) await node.kill();
    await nats[Symbol.asyncDispose]();
    await rm(data, { recursive: true, force: true });
  });

  browserTest(
    "[L2] [L3] [L14] two go on where the third one's node decided and died",
    async () => {
      await using one = await Profile.make();
      await using two = await Profile.make();
      await using three = await Profile.make();
      const ada = await enter(one, 0, "Ada"); // first, so her node decides
      const ben = await enter(two, 1, "Ben");
      const cy = await enter(three, 2, "Cy");
      await ada.getByRole("button", { name: "Start meeting" }).click();
      for (const page of [ben, cy]) await page.locator('[data-testid="phase"][data-phase="live"]').waitFor();
      await say(ben, "from the second node");
      await ada.getByTestId("message").filter({ hasText: "from the second node" }).waitFor();
      await nodes[0]?.kill();
      await say(ben, "are you there?");
      await isSaved(ben);
      await cy.getByTestId("message").filter({ hasText: "are you there?" }).waitFor();
      await say(cy, "yes");
      await ben.getByTestId("message").filter({ hasText: "yes" }).waitFor();
      for (const page of [ben, cy]) {
        const shown = await page.getByTestId("message").allTextContents();
        expect(shown.map((text) => /from the second node|are you there\?|yes/.exec(text)?.[0])).toEqual([
          "from the second node",
          "are you there?",
          "yes",
        ]);
      }
      two.expectQuiet();
      three.expectQuiet();
    },
    90_000,
  );
}

async function enter(profile: Profile, node: number, name: string): Promise<Page> {
  const page = await profile.open(`${nodes[node]?.url}meeting?room=weekly`);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join" }).click();
  await isLive(page);
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}
