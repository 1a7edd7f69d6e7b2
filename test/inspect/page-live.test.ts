/** The inspector's page in a real browser, on a real server, while a meeting is held by bots. */
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { createRoom } from "../../src/client/index.ts";
import { studioText } from "../../src/inspect/studio.ts";
import { meeting } from "../../src/meeting/room.ts";
import { browserTest, Profile, withChromium } from "../browser/chromium.ts";
import { TestClient } from "../support/client.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { address, token } from "./watcher.ts";

withChromium();

const inspector = { admin: { port: 0, token } };

async function open(profile: Profile, it: TestServer): Promise<Page> {
  const page = await profile.open(`${address(it.server, "/inspect")}#token=${token}`);
  await page.getByTestId("room").filter({ hasText: "weekly" }).click();
  await page.getByTestId("room-view").waitFor();
  return page;
}

/** The boxes that are lit, by their headings. */
const lit = (page: Page, name: string) =>
  page.locator(`[data-testid="chart-box"][data-active="true"]`).filter({ hasText: new RegExp(`^${name}`) });
const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();

browserTest(
  "a meeting of bots: states light up, the past is scrubbed, a refusal is explained, a session goes stale and its line shows it",
  async () => {
    // Who is gone stays stale for as long as this looks.
    await using it = await testServer({ inspector, limits: { graceMs: 600_000 } });
    await using profile = await Profile.make({
      viewport: { width: 1440, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const ada = createRoom(meeting, { url: it.server.url.href, id: "weekly", token: "Host Ada" });
    const ben = createRoom(meeting, { url: it.server.url.href, id: "weekly", token: "Ben" });
    await Promise.all([ada.whenSynced(), ben.whenSynced()]);
    const page = await open(profile, it);
    expect(page.url()).not.toContain(token);

    // Live.
    await lit(page, "lobby").waitFor();
    await ada.send({ type: "meeting.start" }).settled;
    await lit(page, "live").waitFor();
    expect(await lit(page, "lobby").count()).toBe(0);
    await ben.send({ type: "hand.raise" }).settled;
    await ada.send({ type: "floor.take" }).settled;
    await lit(page, "taken").waitFor();
    for (let i = 0; i < 10; i++) await ben.send({ type: "chat.send", text: `message ${i}` }).settled;

    // What is pasted into the Studio is what `machines print` prints.
    // Said for some seconds only: looked for from before the click.
    const copied = page.getByText("Copied.").waitFor();
    await Promise.all([copied, page.getByRole("button", { name: "Copy for Stately Studio" }).click()]);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(studioText(meeting.machine));

    // Rev 10 and back: the state that a client had there. The page hears of revs a few times a second, and goes no further than it has heard.
    await page.getByTestId("room-facts").filter({ hasText: "rev 15" }).waitFor();
    await tab(page, "Time travel");
    await page.getByTestId("rev").fill("10");
    await page.keyboard.press("Enter");
    await page.getByTestId("op-card").filter({ hasText: "chat.send" }).filter({ hasText: "message 4" }).waitFor();
    await tab(page, "Chart");
    await page.getByTestId("chart-moment").filter({ hasText: "rev 10" }).waitFor();
    await page.getByTestId("rev").fill("2");
    await page.keyboard.press("Enter");
    await lit(page, "lobby").waitFor();
    await page.getByRole("button", { name: "Live", exact: true }).click();
    await lit(page, "live").waitFor();

    // Why not?
    const refused = await ben.send({ type: "meeting.end" }).settled;
    expect(refused.ok).toBe(false);
    await tab(page, "Events");
    await page.getByTestId("log-row").filter({ hasText: "meeting.end" }).filter({ hasText: "guard" }).last().click();
    const panel = page.getByTestId("refusal");
    await panel
      .getByText(meeting.reasons["isHost"] as string)
      .first()
      .waitFor();
    await panel
      .getByTestId("guard")
      .filter({ hasText: "isHost" })
      .filter({ hasText: "does not" })
      .filter({ hasText: '"member"' })
      .waitFor();
    await page.keyboard.press("Escape");

    // Gone without a word.
    const cyn = await TestClient.join(meeting, it.url(), { client: "cyn", token: "Cyn" });
    await tab(page, "Life lines");
    const line = page.getByTestId("life-line").filter({ hasText: "Cyn" });
    await line.filter({ hasText: "live" }).waitFor();
    (cyn.socket as unknown as { terminate(): void }).terminate();
    await line.filter({ hasText: "stale" }).waitFor();
    await page.getByTestId("room-facts").filter({ hasText: "1 stale" }).waitFor();

    // A file with the whole log.
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export log" }).click()]);
    expect(download.suggestedFilename()).toBe("meeting-weekly.json");
    const log = (await Bun.file(await download.path()).json()) as { room: string; head: number };
    expect(log).toMatchObject({ room: "meeting/weekly" });
    expect(log.head).toBeGreaterThan(15);
    await Promise.all([ada.leave(), ben.leave()]);
    profile.expectQuiet();
  },
);

browserTest("without the token, or with a wrong one: a form, and nothing of what runs here", async () => {
  await using it = await testServer({ inspector });
  await using profile = await Profile.make();
  const ada = createRoom(meeting, { url: it.server.url.href, id: "weekly", token: "Host Ada" });
  await ada.whenSynced();
  const page = await profile.open(address(it.server, "/inspect"));
  await page.getByLabel("Token").fill("wrong-token-wrong-token");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await page.content()).not.toContain("weekly");
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByTestId("room").filter({ hasText: "weekly" }).waitFor();
  await ada.leave();
  profile.expectQuiet(/401/);
});
