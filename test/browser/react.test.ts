import { expect } from "bun:test";
import { join } from "node:path";
import { createRoom } from "../../src/client/index.ts";
import { board } from "../support/board.ts";
import { testServer } from "../support/server.ts";
import { browserTest, Profile, withChromium } from "./chromium.ts";

withChromium();
declare const renders: Record<string, number>;

browserTest("[hooks] in a page: each component re-renders for its own value alone", async () => {
  await using running = await testServer({ rooms: [board], pages: { "/": join(import.meta.dir, "pages/react.html") } });
  await using profile = await Profile.make();
  const page = await profile.open(running.http("/"));
  const ben = createRoom(board, { url: running.http("/"), id: "r", token: "Ben" });
  await ben.whenSynced();
  const shows = (id: string, text: string) => page.locator(`#${id}`, { hasText: text }).waitFor();
  await shows("status", "live 0 Page");
  const counts = () => page.evaluate(() => ({ ...renders }));
  const before = await counts();

  for (let n = 0; n < 5; n++) await ben.send({ type: "add", n: 1 }).settled;
  await shows("total", "5");
  const after = await counts();
  expect(after["total"]).toBeGreaterThan(before["total"] ?? 0);
  for (const name of ["fields", "take", "back", "others", "status"]) expect([name, after[name]]).toEqual([name, before[name]]);

  await ben.send({ type: "set", field: "a", value: 1 }).settled;
  await shows("fields", "a");
  await ben.send({ type: "set", field: "a", value: 2 }).settled;
  await ben.send({ type: "take" }).settled;
  await shows("take", "Possible in free.");
  expect((await counts())["fields"]).toBe((after["fields"] ?? 0) + 1);

  ben.presence.set({ x: 9 });
  await shows("others", "Ben 9");
  await page.locator("#others").click();
  await new Promise<void>((resolve) => {
    const stop = ben.subscribe(() => {
      if ([...ben.presence.others.values()].some(({ state }) => state.x === 5)) resolve(stop());
    });
  });
  await ben.send({ type: "drop" }).settled;
  await shows("take", "Take");
  await page.locator("#take").click();
  await shows("take", "Possible in free.");
  await shows("status", "live 0 Page");
  expect(ben.state.context.holder).toStartWith("guest-");
  await shows("back", "Undo refused");
  await page.locator("#back").click();
  await shows("take", "Take");
  await shows("back", "There is nothing to undo. allowed");
  profile.expectQuiet();
  await ben.leave();
});
