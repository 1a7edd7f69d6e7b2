import { expect } from "bun:test";
import { join } from "node:path";
import { apps } from "../../src/apps.ts";
import { testServer } from "../support/server.ts";
import { browserTest, Profile, withChromium } from "./chromium.ts";

withChromium();
const examples = join(import.meta.dir, "../../examples");

browserTest("the landing page has a card for each app, and each leads into its app; no page complains", async () => {
  const { rooms, pages } = await apps(examples);
  await using running = await testServer({ rooms, pages, development: false });
  await using profile = await Profile.make();
  const landing = await profile.open(running.http("/"));
  const cards = landing.getByRole("navigation", { name: "Apps" }).getByRole("link");
  const paths = await cards.evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  expect(paths).toEqual(Object.keys(pages));
  const icons = await landing.locator(".card img").evaluateAll((all) => all.map((img) => (img as HTMLImageElement).naturalWidth > 0));
  expect(icons).not.toContain(false);
  for (const [index, path] of paths.entries()) {
    const title = await cards.nth(index).textContent();
    await cards.nth(index).click();
    await landing.waitForURL(running.http(path));
    await landing.getByRole("heading", { name: title ?? "", exact: true }).waitFor();
    await landing.getByRole("link", { name: "All apps" }).click();
    await landing.waitForURL(running.http("/"));
  }
  profile.expectQuiet();
});

browserTest("on a phone, in the dark, the landing page fits its window", async () => {
  await using running = await testServer({ ...(await apps(examples)), development: false });
  await using profile = await Profile.make({ viewport: { width: 320, height: 640 }, colorScheme: "dark" });
  const landing = await profile.open(running.http("/"));
  await landing.getByText("Connect a client of your own").click();
  expect(await landing.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  expect(await landing.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(21, 19, 17)");
  profile.expectQuiet();
});

browserTest("a link that is copied in an app leads into its room there", async () => {
  await using running = await testServer({ ...(await apps(examples)), development: false });
  await using profile = await Profile.make({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await profile.open(running.http("/meeting/?room=standup"));
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("button", { name: "Link copied" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(running.http("/meeting?room=standup"));
  expect(await (await profile.open(link)).getByLabel("Room").inputValue()).toBe("standup");
  profile.expectQuiet();
});
