/** `bun scripts/screenshots.ts`: makes docs/*.png anew, of the meeting app on a real server with three people in it. Needs Chromium (test/browser/executable.ts). */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { apps, createRoom, createServer, guests, meeting, memory, type Room } from "../src/index.ts";
import { executablePath } from "../test/browser/executable.ts";

const docs = join(import.meta.dir, "../docs");
const id = "weekly";

if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM");
await mkdir(docs, { recursive: true });
const found = await apps(join(import.meta.dir, "../examples"));
const server = await createServer({ ...found, journal: memory(), auth: guests(), port: 0, development: false }).listen();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const ada = await enter(browser, "Ada", { viewport: { width: 1440, height: 900 } });
  const [ben, cyn] = ["Ben", "Cyn"].map((name) => createRoom(meeting, { url: server.url.href, id, token: name }));
  if (ben === undefined || cyn === undefined) throw new Error("nobody came");
  await Promise.all([ben.whenSynced(), cyn.whenSynced()]);
  await meet(ada, ben, cyn);
  await shoot(ada, "meeting.png");
  await ada.getByRole("tab", { name: /Polls/ }).click();
  await ada.keyboard.press("Control+.");
  await ada.getByRole("switch", { name: "Cut the network" }).click();
  await ada.getByRole("button", { name: "Away" }).click();
  await shoot(ada, "developer-tools.png");
  await ada.close();

  const dark = await enter(browser, "Dee", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" });
  await shoot(dark, "meeting-dark.png");
  await dark.close();
  const phone = await enter(browser, "Eli", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true });
  await phone.getByRole("tab", { name: /People/ }).click();
  await shoot(phone, "meeting-phone.png");
} finally {
  await browser.close();
  await server.stop();
}
process.exit(0);

async function enter(browser: Browser, name: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${server.url.href}meeting?room=${id}`);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join" }).click();
  await page.locator('[data-testid="connection"][data-status="live"]').waitFor();
  return page;
}

async function meet(ada: Page, ben: Room<typeof meeting>, cyn: Room<typeof meeting>): Promise<void> {
  await ada.getByRole("button", { name: "Start meeting" }).click();
  await ada.getByRole("tab", { name: /Agenda/ }).click();
  for (const topic of ["What we shipped", "The week ahead"]) {
    await ada.getByLabel("Topic").fill(topic);
    await ada.getByRole("button", { name: "Add to agenda" }).click();
  }
  await ada.getByRole("button", { name: "Start What we shipped" }).click();
  await ada.getByRole("tab", { name: /Polls/ }).click();
  await ada.getByRole("button", { name: "New poll" }).click();
  await ada.getByLabel("Question").fill("Which day suits everyone?");
  await ada.getByLabel("Option 1").fill("Tuesday");
  await ada.getByLabel("Option 2").fill("Thursday");
  await ada.getByRole("button", { name: "Open poll" }).click();
  await until(ben, () => ben.state.context.meeting.polls.length === 1);
  const poll = ben.state.context.meeting.polls[0]?.id ?? "";
  await ben.send({ type: "poll.vote", poll, option: 1 }).settled;
  await cyn.send({ type: "poll.vote", poll, option: 1 }).settled;
  await ada.getByRole("tab", { name: /Chat/ }).click();
  await ben.send({ type: "chat.send", text: "Morning! The client is out." }).settled;
  await cyn.send({ type: "chat.send", text: "And it survives my train's tunnels." }).settled;
  await ada.getByLabel("Message", { exact: true }).fill("Then let us begin.");
  await ada.keyboard.press("Enter");
  await ada.getByRole("button", { name: "Take floor" }).click();
  await cyn.send({ type: "hand.raise" }).settled;
  await ben.send({ type: "hand.raise" }).settled;
  ben.presence.set({ cursor: [0.62, 0.3] });
  await ada.getByTestId("cursor").waitFor();
}

/** When nothing moves any more, but for what always does. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(2, 2);
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await page.screenshot({ path: join(docs, name) });
}

function until(room: Room<typeof meeting>, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!condition()) return;
      stop();
      resolve();
    };
    const stop = room.subscribe(look);
    look();
  });
}
