/** Two people at one board, in Chromium, with real pointers. */
import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { App, areStored, isLive, isSaved } from "../../test/browser/app.ts";
import { browserTest, Profile, withChromium } from "../../test/browser/chromium.ts";
import type { Board } from "./board.ts";
import { allShapes } from "./drawing.ts";
import { whiteboard } from "./room.ts";
import type { Shape } from "./shape.ts";

withChromium();

/** Chromium's own words about a network that a test has cut. */
const cutOff = /WebSocket connection to|ERR_CONNECTION/;
const viewport = { width: 1000, height: 700 };

const start = () => App.start("whiteboard", whiteboard);
const shapesAt = (app: App): readonly Shape[] => allShapes(app.context<Board>().drawing);
const revOf = (app: App): number => {
  const [room] = app.server.rooms;
  return room?.committed?.domain.rev ?? 0;
};
const shows = (page: Page, count: number) => page.locator(`[data-testid="board"][data-count="${count}"]`).waitFor();
const toast = (page: Page, text: string) => page.getByTestId("toast").filter({ hasText: text }).first().waitFor();
const tool = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

interface Spot {
  readonly x: number;
  readonly y: number;
}
/** The pointer goes down at the first, and stays down at the last. */
async function dragTo(page: Page, ...spots: readonly Spot[]): Promise<void> {
  for (const [i, { x, y }] of spots.entries()) {
    await page.mouse.move(x, y, { steps: 4 });
    if (i === 0) await page.mouse.down();
  }
}
async function draw(page: Page, name: string, ...spots: readonly Spot[]): Promise<void> {
  await tool(page, name);
  await dragTo(page, ...spots);
  await page.mouse.up();
}

/** Waits until something is painted there, in pixels of the window, or nothing is. */
async function inked(page: Page, { x, y }: Spot, isInked = true): Promise<void> {
  await page.waitForFunction(
    ([px, py, wanted]) =>
      [...document.querySelectorAll("canvas")].some((canvas) => {
        const at = canvas.getBoundingClientRect();
        const scale = canvas.width / at.width;
        const [cx, cy] = [Math.round((Number(px) - at.x) * scale), Math.round((Number(py) - at.y) * scale)];
        const painted = canvas
          .getContext("2d")
          ?.getImageData(cx - 2, cy - 2, 5, 5)
          .data.some((value) => value !== 0);
        return painted === true;
      }) === wanted,
    [x, y, isInked] as const,
  );
}

browserTest("what one draws the other sees; a drag is seen before it is an op, and is one op when it is dropped", async () => {
  await using app = await start();
  await using one = await Profile.make({ viewport });
  await using two = await Profile.make({ viewport });
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await draw(ada, "Rectangle", { x: 300, y: 300 }, { x: 420, y: 380 });
  await shows(ben, 1);
  await inked(ben, { x: 300, y: 340 });
  const [before] = shapesAt(app);
  expect(before).toMatchObject({ kind: "rectangle", w: 120, h: 80 });
  const rev = revOf(app);

  // By its line, since it is not filled, and beside the handle in the middle.
  await dragTo(ada, { x: 300, y: 320 }, { x: 350, y: 400 }, { x: 500, y: 420 });
  await ben.locator('[data-testid="held"][data-dragging="true"]').waitFor();
  await inked(ben, { x: 500, y: 440 });
  await inked(ben, { x: 300, y: 340 }, false);
  expect(revOf(app)).toBe(rev);
  await ada.mouse.up();
  await ben.locator('[data-testid="held"][data-dragging="false"]').waitFor();
  await isSaved(ada);
  await inked(ben, { x: 500, y: 440 });
  expect(revOf(app)).toBe(rev + 1);
  expect(shapesAt(app)).toMatchObject([{ x: (before?.x ?? 0) + 200, y: (before?.y ?? 0) + 100, w: 120, h: 80 }]);

  await ada.mouse.move(700, 500);
  await ben.getByTestId("cursor").filter({ hasText: "Ada" }).waitFor();
  one.expectQuiet();
  two.expectQuiet();
});

browserTest("pen, note and text; undo and redo by keys and buttons, each for one's own", async () => {
  await using app = await start();
  await using one = await Profile.make({ viewport });
  await using two = await Profile.make({ viewport });
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await draw(ada, "Pen", { x: 200, y: 200 }, { x: 260, y: 320 }, { x: 340, y: 210 });
  await tool(ada, "Sticky note");
  await ada.mouse.click(500, 400);
  await ada.keyboard.type("Milk");
  await ada.keyboard.press("Escape");
  await shows(ben, 2);
  await draw(ben, "Ellipse", { x: 600, y: 200 }, { x: 700, y: 260 });
  await shows(ada, 3);
  expect(shapesAt(app).map(({ kind, text }) => `${kind} ${text}`.trim())).toEqual(expect.arrayContaining(["pen", "note Milk", "ellipse"]));
  const pen = shapesAt(app).find(({ kind }) => kind === "pen");
  expect(pen?.points.length).toBeGreaterThanOrEqual(6);
  expect(pen?.points.length).toBeLessThan(30);

  await ada.keyboard.press("Control+z");
  await shows(ben, 2);
  await ada.getByRole("button", { name: "Undo", exact: true }).click();
  await shows(ben, 1);
  expect(shapesAt(app).map(({ kind }) => kind)).toEqual(["ellipse"]);
  expect(await ada.getByRole("button", { name: "Undo", exact: true }).getAttribute("data-hint")).toBe("There is nothing to undo.");
  await ada.keyboard.press("Shift+Control+z");
  await ada.getByRole("button", { name: "Redo", exact: true }).click();
  await shows(ben, 3);
  expect(shapesAt(app).find(({ kind }) => kind === "pen")).toEqual(pen as Shape);
  one.expectQuiet();
  two.expectQuiet();
});

browserTest(
  "[L10] an undo whose shape the other has deleted says so on its button and when it is tried; then the one before it is next",
  async () => {
    await using app = await start();
    await using one = await Profile.make({ viewport });
    await using two = await Profile.make({ viewport });
    const ada = await app.join(one, "Ada");
    const ben = await app.join(two, "Ben");
    await draw(ada, "Rectangle", { x: 200, y: 200 }, { x: 300, y: 260 });
    await draw(ada, "Ellipse", { x: 500, y: 200 }, { x: 600, y: 260 });
    await shows(ben, 2);
    await ben.mouse.click(500, 230);
    await ben.getByRole("button", { name: "Delete", exact: true }).click();
    await shows(ada, 1);
    await ada.locator('button[aria-label="Undo"][data-hint="Somebody deleted this shape."]').waitFor();
    await ada.keyboard.press("Control+z");
    await toast(ada, "Somebody deleted this shape.");
    await ada.keyboard.press("Control+z");
    await shows(ben, 0);
    one.expectQuiet();
    two.expectQuiet();
  },
);

browserTest("a host locks the board: others may look, their tools say why, what was pinned holds", async () => {
  await using app = await start();
  await using one = await Profile.make({ viewport });
  await using two = await Profile.make({ viewport });
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await draw(ada, "Rectangle", { x: 200, y: 200 }, { x: 300, y: 260 });
  await ada.getByRole("button", { name: "Pin", exact: true }).click();
  await shows(ben, 1);
  await isSaved(ada);
  await dragTo(ben, { x: 200, y: 230 }, { x: 300, y: 330 });
  await ben.mouse.up();
  await toast(ben, "Ada has pinned this.");
  await ada.getByRole("button", { name: "Lock the board" }).click();
  await ben.getByTestId("locked").waitFor();
  const pen = ben.getByRole("button", { name: "Pen", exact: true });
  expect(await pen.getAttribute("aria-disabled")).toBe("true");
  expect(await pen.getAttribute("data-hint")).toBe("The board is locked: only hosts and cohosts draw.");
  await draw(ada, "Ellipse", { x: 500, y: 200 }, { x: 600, y: 260 });
  await shows(ben, 2);
  one.expectQuiet();
  two.expectQuiet();
});

browserTest("[L2] what is drawn while the network is cut shows at once, and arrives once when it is mended", async () => {
  await using app = await start();
  await using one = await Profile.make({ viewport });
  await using two = await Profile.make({ viewport });
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  app.network.cut();
  await ada.locator('[data-testid="connection"]:not([data-status="live"])').waitFor();
  for (const x of [200, 350, 500]) await draw(ada, "Rectangle", { x, y: 200 }, { x: x + 100, y: 260 });
  await ada.keyboard.press("Control+z");
  await shows(ada, 2);
  await inked(ada, { x: 350, y: 230 });
  expect(shapesAt(app)).toEqual([]);
  app.network.mend();
  await isSaved(ada);
  await isLive(ben);
  await shows(ben, 2);
  expect(shapesAt(app)).toHaveLength(2);
  one.expectQuiet(cutOff);
  two.expectQuiet(cutOff);
});

browserTest("[L2] a page is loaded anew with a drawing pending: it is there still, and sent once", async () => {
  await using app = await start();
  await using profile = await Profile.make({ viewport });
  const ada = await app.join(profile, "Ada");
  await ada.keyboard.press("Control+.");
  await ada.getByRole("switch", { name: "Cut the network" }).click();
  await ada.keyboard.press("Control+.");
  await draw(ada, "Arrow", { x: 200, y: 200 }, { x: 400, y: 300 });
  await ada.locator('[data-testid="saved"][data-pending="1"]').waitFor();
  await areStored(ada, 1);
  await ada.reload();
  await isLive(ada);
  await shows(ada, 1);
  await isSaved(ada);
  expect(shapesAt(app)).toMatchObject([{ kind: "arrow", w: 200, h: 100 }]);
  // A reload begins anew: nothing of the page before can be undone.
  expect(await ada.getByRole("button", { name: "Undo", exact: true }).getAttribute("data-hint")).toBe("There is nothing to undo.");
  profile.expectQuiet(cutOff);
});

browserTest("one shows the others around: they follow, until they look elsewhere", async () => {
  await using app = await start();
  await using one = await Profile.make({ viewport });
  await using two = await Profile.make({ viewport });
  const ada = await app.join(one, "Ada");
  const ben = await app.join(two, "Ben");
  await draw(ada, "Rectangle", { x: 200, y: 200 }, { x: 300, y: 260 });
  await shows(ben, 1);
  await ada.getByRole("button", { name: "Show around" }).click();
  await ben.getByTestId("guide").filter({ hasText: "Following Ada" }).waitFor();
  await ada.mouse.move(600, 400);
  await ada.mouse.wheel(-200, 0);
  await inked(ben, { x: 400, y: 230 });
  await ben.getByRole("button", { name: "Look elsewhere" }).click();
  await ada.mouse.wheel(200, 0);
  await inked(ada, { x: 200, y: 230 });
  await inked(ben, { x: 400, y: 230 });
  await ada.getByRole("button", { name: "Stop showing around" }).click();
  await ben.getByTestId("guide").waitFor({ state: "detached" });
  one.expectQuiet();
  two.expectQuiet();
});

browserTest("on a phone, in the dark: a tap makes a note, and nothing hangs over the edge", async () => {
  await using app = await start();
  await using profile = await Profile.make({ viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true });
  const page = await app.join(profile, "Ada", "phone");
  await page.getByRole("button", { name: "Sticky note" }).tap();
  await page.touchscreen.tap(200, 400);
  await page.keyboard.type("From the train");
  await page.keyboard.press("Escape");
  await shows(page, 1);
  await isSaved(page);
  expect(shapesAt(app)).toMatchObject([{ kind: "note", text: "From the train", fill: "yellow" }]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
  profile.expectQuiet();
});
