import { expect } from "bun:test";
import type { Page } from "playwright-core";
import type { MeetingContext } from "../../machines/meeting.ts";
import { meeting } from "../../src/meeting/room.ts";
import { App, areStored, isLive, isSaved } from "../../test/browser/app.ts";
import { browserTest, Profile, withChromium } from "../../test/browser/chromium.ts";

withChromium();

/** Chromium's own words about a network that a test has cut. */
const cutOff = /WebSocket connection to|ERR_CONNECTION/;

browserTest("two pages in one meeting see each other's ops; whoever opened it hosts it", async () => {
  await using app = await App.start("meeting", meeting);
  await using one = await Profile.make();
  await using two = await Profile.make();
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await ada.getByRole("button", { name: "Start meeting" }).click();
  await ben.locator('[data-testid="phase"][data-phase="live"]').waitFor();
  await say(ben, "Good morning");
  await ada.getByTestId("message").filter({ hasText: "Good morning" }).waitFor();
  await ben.getByRole("button", { name: "Raise hand" }).click();
  await ada.getByTestId("toast").filter({ hasText: "Ben raised a hand" }).waitFor();
  await ada.getByTestId("hand").first().waitFor();
  await ada.mouse.move(500, 400);
  await ada.mouse.move(520, 420);
  await ben.getByTestId("cursor").waitFor();
  expect(told(app).hands).toHaveLength(1);
  one.expectQuiet();
  two.expectQuiet();
});

browserTest("[L2] the network is cut, twenty commands are given, it is mended: all are applied once, in order", async () => {
  await using app = await App.start("meeting", meeting);
  await using one = await Profile.make();
  await using two = await Profile.make();
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  app.network.cut();
  await ada.locator('[data-testid="connection"]:not([data-status="live"])').waitFor();
  const texts = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  for (const text of texts) await say(ada, text);
  expect(await ada.getByTestId("message").count()).toBe(20);
  await ada.locator('[data-testid="saved"][data-pending="20"]').waitFor();
  expect(told(app).chat).toEqual([]);
  app.network.mend();
  await isSaved(ada);
  await isLive(ben);
  await ben.getByTestId("message").filter({ hasText: "line 19" }).waitFor();
  expect(told(app).chat.map(({ text }) => text)).toEqual(texts);
  expect(await ben.getByTestId("message").count()).toBe(20);
  one.expectQuiet(cutOff);
  two.expectQuiet(cutOff);
});

browserTest("[L2] a page is loaded anew with commands pending: they are its own still, and applied once", async () => {
  await using app = await App.start("meeting", meeting);
  await using profile = await Profile.make();
  const ada = await app.join(profile, "Ada");
  await ada.keyboard.press("Control+.");
  await ada.getByRole("switch", { name: "Cut the network" }).click();
  await ada.keyboard.press("Control+.");
  for (const text of ["one", "two", "three"]) await say(ada, text);
  await ada.locator('[data-testid="saved"][data-pending="3"]').waitFor();
  await areStored(ada, 3);
  const user = await ada.evaluate(() => document.title);
  await ada.reload();
  await isLive(ada);
  await isSaved(ada);
  expect(told(app).chat.map(({ text, name }) => `${name}: ${text}`)).toEqual(["Ada: one", "Ada: two", "Ada: three"]);
  expect(Object.values(told(app).participants)).toMatchObject([{ name: "Ada", role: "host" }]);
  expect(await ada.evaluate(() => document.title)).toBe(user);
  profile.expectQuiet(cutOff);
});

browserTest("[L10] a command that others made impossible rolls back, and its reason is shown; so is why a button is off", async () => {
  await using app = await App.start("meeting", meeting);
  await using one = await Profile.make();
  await using two = await Profile.make();
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await ada.getByRole("button", { name: "Start meeting" }).click();
  await ben.locator('[data-testid="phase"][data-phase="live"]').waitFor();
  await ben.keyboard.press("Control+.");
  await ben.getByRole("slider", { name: "Latency" }).fill("1500");
  await ben.keyboard.press("Control+.");
  await ben.getByRole("button", { name: "Take floor" }).click();
  await ben.getByRole("button", { name: "Yield floor" }).waitFor(); // it shows at once
  await ada.getByRole("button", { name: "Take floor" }).click();
  await ben.getByTestId("toast").filter({ hasText: "Ada is speaking." }).waitFor();
  const floor = ben.getByRole("button", { name: "Take floor" });
  await floor.waitFor();
  expect(await floor.getAttribute("aria-disabled")).toBe("true");
  await ben.mouse.move(5, 5); // it rested on the button
  await floor.hover({ force: true });
  await ben.getByRole("tooltip").filter({ hasText: "Ada is speaking." }).waitFor();
  expect(Object.keys(told(app).participants)).toContain(told(app).speaker as string);
  one.expectQuiet();
  two.expectQuiet();
});

browserTest("[L2] two tabs of one browser are two clients; what one left when it was closed, the other settles", async () => {
  await using app = await App.start("meeting", meeting);
  await using profile = await Profile.make();
  const first = await app.join(profile, "Ada");
  const second = await app.join(profile, "Ada too");
  expect(Object.keys(told(app).participants)).toHaveLength(2);
  await second.keyboard.press("Control+.");
  await second.getByRole("switch", { name: "Cut the network" }).click();
  await second.keyboard.press("Control+.");
  await say(second, "my last words");
  await second.locator('[data-testid="saved"][data-pending="1"]').waitFor();
  await areStored(first, 1);
  await second.close();
  const third = await app.join(profile, "Ada again");
  await third.getByTestId("message").filter({ hasText: "my last words" }).waitFor();
  await first.getByTestId("message").filter({ hasText: "my last words" }).waitFor();
  expect(told(app).chat).toHaveLength(1);
  profile.expectQuiet(cutOff);
});

browserTest("[names] markup in a name or in a message stays text", async () => {
  await using app = await App.start("meeting", meeting);
  await using profile = await Profile.make();
  const markup = `<img src=x onerror="document.title='owned'">`;
  const page = await app.join(profile, markup);
  await say(page, `<script>document.title='owned'</script>${markup}`);
  await page.getByTestId("message").filter({ hasText: "<script>" }).waitFor();
  await page.getByTestId("person").filter({ hasText: "<img src=x" }).waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(await page.title()).not.toBe("owned");
  profile.expectQuiet();
});

browserTest("on a phone, by keyboard, in the dark: joins, speaks, raises a hand", async () => {
  await using app = await App.start("meeting", meeting);
  await using profile = await Profile.make({ viewport: { width: 360, height: 740 }, colorScheme: "dark", hasTouch: true });
  const page = await profile.open(app.url("phone"));
  await page.getByLabel("Your name").fill("Ada");
  await page.keyboard.press("Enter");
  await isLive(page);
  await page.getByRole("button", { name: "Start meeting" }).press("Enter");
  await page.getByRole("tab", { name: /Chat/ }).press("Enter");
  await say(page, "From the train");
  await page.getByRole("button", { name: "Raise hand" }).press("Enter");
  await isSaved(page);
  expect(told(app)).toMatchObject({ chat: [{ text: "From the train" }], hands: [expect.stringContaining("guest-")] });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toContain("dark");
  profile.expectQuiet();
});

const told = (app: App): MeetingContext["meeting"] => app.context<MeetingContext>().meeting;

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByLabel("Message", { exact: true }).press("Enter");
}
