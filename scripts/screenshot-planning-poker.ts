/** `bun scripts/screenshot-planning-poker.ts`: makes the picture in examples/planning-poker/README.md anew: a vote with one card to come. Needs Chromium. */
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import type { Card } from "../examples/planning-poker/deck.ts";
import { planningPoker } from "../examples/planning-poker/room.ts";
import { createRoom, createServer, guests, memory, type Room } from "../src/index.ts";
import { executablePath } from "../test/browser/executable.ts";

type PokerRoom = Room<typeof planningPoker>;

if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM");
const folder = join(import.meta.dir, "../examples/planning-poker");
const id = "sprint-12";
const server = await createServer({
  rooms: [planningPoker],
  pages: { "/planning-poker": join(folder, "index.html") },
  journal: memory(),
  auth: guests(),
  port: 0,
  development: false,
}).listen();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const ada = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await ada.goto(`${server.url.href}planning-poker?room=${id}`);
  await ada.getByLabel("Your name").fill("Ada");
  await ada.getByRole("button", { name: "Join" }).click();
  await ada.getByLabel("New story").waitFor();
  const [ben, cyn, dee, eli] = [await enter("Ben"), await enter("Cyn"), await enter("Dee"), await enter("Eli")] as const;
  await enter("Otto");
  await ada.getByRole("tab", { name: /People/ }).click();
  await ada.getByRole("button", { name: "Actions for Otto" }).click();
  await ada.getByRole("menuitem", { name: "Make an observer" }).click();
  await ada.getByRole("tab", { name: /Stories/ }).click();
  for (const title of ["Sign in with a passkey", "Invite by link", "Export estimates as CSV", "Dark mode"]) {
    await ada.getByLabel("New story").fill(title);
    await ada.keyboard.press("Enter");
  }
  await ada.getByRole("button", { name: "Start session" }).click();
  await ada.getByRole("button", { name: "Start round" }).click();
  for (const [room, card] of [
    [ben, "3"],
    [cyn, "8"],
    [dee, "3"],
    [eli, "5"],
  ] as const)
    await vote(room, card);
  await ada.keyboard.press("3");
  await ada.getByRole("button", { name: "Reveal" }).click();
  await ada.getByRole("button", { name: "Accept 3" }).click();

  await ada.getByRole("button", { name: "Start round" }).click();
  for (const [room, card] of [
    [ben, "5"],
    [cyn, "13"],
    [eli, "5"],
  ] as const)
    await vote(room, card);
  dee.presence.set({ thinking: true });
  ben.presence.set({ cursor: [0.6, 0.36] });
  await ada.keyboard.press("5");
  await ada.getByTestId("voted").filter({ hasText: "4 of 5" }).waitFor();
  await ada.getByTestId("cursor").waitFor();
  // Notices go by themselves.
  await ada.getByTestId("toast").first().waitFor({ state: "detached" });
  await shoot(ada);
} finally {
  await browser.close();
  await server.stop();
}
process.exit(0);

async function enter(name: string): Promise<PokerRoom> {
  const room = createRoom(planningPoker, { url: server.url.href, id, token: name });
  await room.whenSynced();
  return room;
}

async function vote(room: PokerRoom, card: Card): Promise<void> {
  const outcome = await room.send({ type: "vote", card }).settled;
  if (!outcome.ok) throw new Error(outcome.reason);
}

/** When nothing moves any more, but for what always does. */
async function shoot(page: Page): Promise<void> {
  await page.mouse.move(2, 2);
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await page.screenshot({ path: join(folder, "planning-poker.png") });
}
