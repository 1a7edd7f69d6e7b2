/** The page in Chromium: two who play, one who watches. */
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { App, isLive, isSaved } from "../../test/browser/app.ts";
import { browserTest, Profile, withChromium } from "../../test/browser/chromium.ts";
import type { Poker } from "./machine.ts";
import { planningPoker } from "./room.ts";

withChromium();

/** Nothing else in a frame looks like these. */
const bens = "½";
const adas = "☕";

browserTest(
  "[L8] a card that is not shown yet is in no frame that others get: neither another player, nor the host, nor an observer",
  async () => {
    await using app = await App.start("planning-poker", planningPoker);
    await using one = await Profile.make();
    await using two = await Profile.make();
    await using three = await Profile.make();
    const [ada, adaHeard] = await joined(app, one, "Ada");
    const [ben, benHeard] = await joined(app, two, "Ben");
    const [otto, ottoHeard] = await joined(app, three, "Otto");
    await begin(ada, "Login");
    await ada.getByRole("tab", { name: /People/ }).click();
    await ada.getByRole("button", { name: "Actions for Otto" }).click();
    await ada.getByRole("menuitem", { name: "Make an observer" }).click();
    await otto.getByTestId("watching").filter({ hasText: "Otto" }).waitFor();
    await otto.getByText("You watch.").waitFor();

    await ben.getByRole("button", { name: "Vote one half" }).click();
    await ada.keyboard.press("c");
    for (const page of [ada, ben, otto]) await page.getByTestId("voted").filter({ hasText: "All have voted" }).waitFor();
    // Who only comes to an open vote gets a snapshot, and no more in it.
    await otto.reload();
    await otto.getByTestId("voted").filter({ hasText: "All have voted" }).waitFor();
    expect([bens, adas].filter((card) => text(ottoHeard).includes(card))).toEqual([]);
    expect([bens, adas].filter((card) => text(adaHeard).includes(card))).toEqual([adas]);
    expect([bens, adas].filter((card) => text(benHeard).includes(card))).toEqual([bens]);
    expect(await faces(otto)).toEqual(["Ada: down", "Ben: down"]);
    expect(await faces(ben)).toEqual(["Ada: down", `You: ${bens}`]);
    expect(await otto.locator(".playing-card-front").allTextContents()).toEqual(["", ""]);

    await otto.getByRole("button", { name: "Reveal" }).click();
    await ben.getByTestId("toast").filter({ hasText: "Otto turned the cards" }).waitFor();
    for (const page of [ada, ben, otto]) await page.locator('[data-stage="revealed"]').first().waitFor();
    // The canary: what was looked for would have been found.
    for (const heard of [adaHeard, benHeard, ottoHeard])
      expect([bens, adas].filter((card) => text(heard).includes(card))).toEqual([bens, adas]);
    expect(await faces(otto)).toEqual([`Ada: ${adas}`, `Ben: ${bens}`]);
    for (const profile of [one, two, three]) profile.expectQuiet();
  },
);

browserTest("from the way in to an estimate: reasons, a second round, consensus, what is taken along", async () => {
  await using app = await App.start("planning-poker", planningPoker);
  await using one = await Profile.make({ permissions: ["clipboard-read", "clipboard-write"] });
  await using two = await Profile.make();
  const [ada] = await joined(app, one, "Ada");
  const [ben] = await joined(app, two, "Ben");
  await begin(ada, "Login", "Logout");

  await ben.getByRole("button", { name: "Vote 3" }).click();
  await ada.getByTestId("voted").filter({ hasText: "1 of 2 voted" }).waitFor();
  const reveal = ben.getByRole("button", { name: "Reveal" });
  expect(await reveal.getAttribute("aria-disabled")).toBe("true");
  await reveal.hover({ force: true });
  await ben.getByRole("tooltip").filter({ hasText: "1 of 2 have voted; wait for the others." }).waitFor();
  await ada.keyboard.press("t");
  await ada.keyboard.press("r");
  await ben.getByTestId("average").filter({ hasText: "8" }).waitFor();
  await ben.getByTestId("outliers").filter({ hasText: "you and Ada" }).waitFor();
  expect(await ben.getByTestId("spread").count()).toBe(2);
  expect(await ben.getByRole("button", { name: "Accept 8" }).getAttribute("aria-disabled")).toBe("true");

  await ada.getByRole("button", { name: "Vote again" }).click();
  await ben.getByRole("button", { name: "Vote 5" }).click();
  await ada.getByRole("button", { name: "Vote 5" }).click();
  await ben.getByRole("button", { name: "Reveal" }).click();
  await ada.getByTestId("consensus").waitFor();
  await ada.keyboard.press("a");
  await ben.getByTestId("toast").filter({ hasText: "“Login” is a 5" }).waitFor();
  await ben.getByTestId("story").filter({ hasText: "Login" }).getByTestId("estimate").filter({ hasText: "5" }).waitFor();
  await ben.getByTestId("next-story").filter({ hasText: "Logout" }).waitFor();

  await ada.getByRole("button", { name: "Copy CSV" }).click();
  await ada.getByTestId("toast").filter({ hasText: "CSV copied" }).waitFor();
  expect(await ada.evaluate(() => navigator.clipboard.readText())).toBe(
    ["story,estimate,points,rounds", "Login,5,5,3 13 | 5 5", "Logout,,,"].join("\r\n"),
  );
  await ada.getByRole("button", { name: "End session" }).click();
  await ada.getByRole("button", { name: "End for everyone" }).click();
  await ben.getByText("1 of 2 stories estimated, 5 points.").waitFor();
  for (const profile of [one, two]) profile.expectQuiet();
});

browserTest("[OWN-1] a page that is loaded anew has its own card, and nobody else's", async () => {
  await using app = await App.start("planning-poker", planningPoker);
  await using one = await Profile.make();
  await using two = await Profile.make();
  const [ada] = await joined(app, one, "Ada");
  const [ben] = await joined(app, two, "Ben");
  await begin(ada, "Login");
  await ada.keyboard.press("w");
  await ben.keyboard.press("f");
  await isSaved(ben);
  await ada.getByTestId("voted").filter({ hasText: "All have voted" }).waitFor();
  await ben.reload();
  await isLive(ben);
  expect(await faces(ben)).toEqual(["Ada: down", "You: 40"]);
  await ben.getByRole("button", { name: "Take back 40" }).click();
  await ada.getByTestId("voted").filter({ hasText: "1 of 2 voted" }).waitFor();
  expect(Object.values(told(app).round?.votes ?? {})).toEqual(["20"]);
  for (const profile of [one, two]) profile.expectQuiet();
});

browserTest("[L10] a card that comes after the reveal rolls back, and why is told in words; the one from before counts", async () => {
  await using app = await App.start("planning-poker", planningPoker);
  await using one = await Profile.make();
  await using two = await Profile.make();
  const [ada] = await joined(app, one, "Ada");
  const [ben] = await joined(app, two, "Ben");
  await begin(ada, "Login");
  await ada.keyboard.press("3");
  await ben.keyboard.press("3");
  await ada.getByTestId("voted").filter({ hasText: "All have voted" }).waitFor();
  await ben.keyboard.press("Control+.");
  await ben.getByRole("slider", { name: "Latency" }).fill("1500");
  await ben.keyboard.press("Control+.");
  await ben.getByRole("button", { name: "Vote 8" }).click();
  expect(await faces(ben)).toEqual(["Ada: down", "You: 8"]); // it shows at once
  await ada.getByRole("button", { name: "Reveal" }).click();
  await ben.getByTestId("toast").filter({ hasText: "Your command came too late" }).waitFor();
  expect(await faces(ben)).toEqual(["Ada: 3", "You: 3"]);
  await ben.getByTestId("consensus").waitFor();
  for (const profile of [one, two]) profile.expectQuiet();
});

browserTest("on a phone, in the dark, without motion: the drawer, a pasted list, a round by touch; nothing overflows", async () => {
  await using app = await App.start("planning-poker", planningPoker);
  await using profile = await Profile.make({
    viewport: { width: 360, height: 740 },
    colorScheme: "dark",
    reducedMotion: "reduce",
    hasTouch: true,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const [page] = await joined(app, profile, "Ada");
  await page.evaluate(() => navigator.clipboard.writeText("- Login\n2. Logout\n\n* Export"));
  await page.getByLabel("New story").focus();
  await page.keyboard.press("Control+V");
  await page.getByRole("button", { name: "Start session" }).tap();
  await page.getByRole("button", { name: "Stories and people" }).tap();
  const drawer = page.getByRole("dialog", { name: "Stories and people" });
  expect(await drawer.getByTestId("story").locator(".story-name").allTextContents()).toEqual(["Login", "Logout", "Export"]);
  await drawer.getByRole("button", { name: "Actions for Export" }).tap();
  await page.getByRole("menuitem", { name: "Move up" }).tap();
  await drawer.getByRole("button", { name: "Actions for Login" }).tap();
  await page.getByRole("menuitem", { name: "Edit title" }).tap();
  await drawer.getByLabel("Title").fill("Sign in");
  await page.keyboard.press("Enter");
  await drawer.getByRole("button", { name: "Start Sign in" }).tap();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Vote unsure" }).tap();
  await page.getByRole("button", { name: "Vote 100" }).tap();
  await page.getByRole("button", { name: "Reveal" }).tap();
  await page.getByTestId("median").filter({ hasText: "100" }).waitFor();
  await page.getByRole("button", { name: "Another estimate" }).tap();
  await page.getByRole("menuitem", { name: "Accept 40" }).tap();
  await isSaved(page);
  expect(told(app).stories).toMatchObject([{ title: "Sign in", estimate: "40" }, { title: "Export" }, { title: "Logout" }]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(21, 19, 17)");
  profile.expectQuiet();
});

/** In the room, live; with every frame that this page ever hears, over all its sockets. */
async function joined(app: App, profile: Profile, name: string): Promise<readonly [Page, string[]]> {
  const page = await profile.open(app.url());
  const heard: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(String(payload))));
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Join" }).click();
  await isLive(page);
  return [page, heard];
}

async function begin(host: Page, ...titles: readonly string[]): Promise<void> {
  for (const title of titles) {
    await host.getByLabel("New story").fill(title);
    await host.getByLabel("New story").press("Enter");
  }
  await host.getByRole("button", { name: "Start session" }).click();
  await host.getByRole("button", { name: "Start round" }).click();
  await host.locator('[data-stage="voting"]').first().waitFor();
}

const text = (heard: readonly string[]): string => heard.join("\n");

/** In the order of the seats, as they look. */
const faces = (page: Page): Promise<string[]> =>
  page.getByTestId("seat").evaluateAll((seats) =>
    seats.map((seat) => {
      const face = seat.getAttribute("data-card");
      return `${seat.querySelector(".seat-name")?.textContent}: ${face === "up" ? seat.querySelector(".card-face")?.textContent : face}`;
    }),
  );

const told = (app: App): Poker => app.context<{ app: Poker }>().app;
