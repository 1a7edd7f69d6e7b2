/** `bun scripts/screenshot-inspect.ts [folder]`: makes docs/inspect-*.png anew: the inspector, looking at a meeting with people in it on a real server. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { ClientSocket } from "../src/client/index.ts";
import { apps, createRoom, createServer, guests, meeting, memory, type Room } from "../src/index.ts";
import { executablePath } from "../test/browser/executable.ts";

const folder = process.argv[2] ?? join(import.meta.dir, "../docs");
const token = "screenshots-of-a-meeting";

if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM");
await mkdir(folder, { recursive: true });
const server = await createServer({
  rooms: (await apps(join(import.meta.dir, "../examples"))).rooms,
  journal: memory(),
  auth: guests(),
  port: 0,
  development: false,
  inspector: { admin: { port: 0, token }, always: true },
}).listen();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const complaints: string[] = [];
/** By name, the newest one last. */
const sockets = new Map<string, WebSocket[]>();
let isFayGone = false;
try {
  const people = await meet();
  const wide = { viewport: { width: 1440, height: 900 } };
  const page = await look(browser, wide);
  await shoot(page, "inspect.png");
  drop("Eli"); // who comes back by himself
  await page.getByRole("tab", { name: "Time travel" }).click();
  await page.getByTestId("rev").fill("10");
  await page.keyboard.press("Enter");
  await shoot(page, "inspect-time-travel.png");
  await page.getByRole("tab", { name: "Events" }).click();
  await people[1]?.send({ type: "meeting.end" }).settled;
  await page.getByTestId("log-row").filter({ hasText: "meeting.end" }).filter({ hasText: "guard" }).last().click();
  await shoot(page, "inspect-refusal.png");
  isFayGone = true;
  drop("Fay");
  await page.getByRole("tab", { name: "Life lines" }).click();
  await page.getByTestId("room-facts").filter({ hasText: "1 stale" }).waitFor();
  await page
    .getByTestId("life-line")
    .filter({ hasText: /^Eli.*live/ })
    .waitFor();
  await shoot(page, "inspect-life-lines.png");
  await page.close();
  const dark = await look(browser, { ...wide, colorScheme: "dark" });
  await shoot(dark, "inspect-dark.png");
  const phone = await look(browser, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true });
  await shoot(phone, "inspect-phone.png");
  if (complaints.length > 0) throw new Error(`the page complained:\n${complaints.join("\n")}`);
} finally {
  await browser.close();
  await server.stop();
}
process.exit(0);

async function look(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${new URL("/inspect", server.adminUrl).href}#token=${token}`);
  await page
    .getByRole("link", { name: /meeting\/weekly/ })
    .or(page.getByRole("button", { name: /meeting\/weekly/ }))
    .first()
    .click();
  await page.locator(`[data-testid="chart"][data-ready="true"]`).waitFor();
  return page;
}

/** Six people; one does not keep to her role, one is gone without a word, one was away for a moment. */
async function meet(): Promise<Room<typeof meeting>[]> {
  const people: Room<typeof meeting>[] = [];
  for (const name of ["Ada", "Ben", "Cyn", "Dee", "Eli", "Fay"]) {
    const room = createRoom(meeting, { url: server.url.href, id: "weekly", token: name, socket: (address) => socketOf(name, address) });
    await room.whenSynced();
    people.push(room);
  }
  const [ada, ben, cyn, dee] = people;
  await ada?.send({ type: "meeting.start" }).settled;
  await ada?.send({ type: "agenda.add", title: "What we shipped", minutes: 10 }).settled;
  await ben?.send({ type: "hand.raise" }).settled;
  await cyn?.send({ type: "chat.send", text: "Good morning!" }).settled;
  await ada?.send({ type: "floor.take" }).settled;
  await dee?.send({ type: "hand.raise" }).settled;
  const item = ada?.state.context.meeting.agenda[0]?.id ?? "";
  await ada?.send({ type: "agenda.start", item }).settled;
  await ben?.send({ type: "meeting.lock", locked: true }).settled;
  return people;
}

function socketOf(name: string, address: string): ClientSocket {
  if (name === "Fay" && isFayGone) throw new Error("no network");
  const socket = new WebSocket(address);
  sockets.set(name, [...(sockets.get(name) ?? []), socket]);
  return socket as unknown as ClientSocket;
}

/** The network's doing: no frame says goodbye. */
function drop(name: string): void {
  (sockets.get(name)?.at(-1) as unknown as { terminate(): void } | undefined)?.terminate(); // Bun's own, beyond the DOM's type
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(2, 2);
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  await page.screenshot({ path: join(folder, name) });
}
