/** `bun scripts/screenshot-whiteboard.ts`: makes the picture in examples/whiteboard/README.md anew, of two people at one board. Needs Chromium. */
import { join } from "node:path";
import { chromium } from "playwright-core";
import { pointRange } from "../examples/whiteboard/commands.ts";
import { whiteboard } from "../examples/whiteboard/room.ts";
import { type CommandOf, createRoom, createServer, guests, memory } from "../src/index.ts";
import { executablePath } from "../test/browser/executable.ts";

type Create = Extract<CommandOf<typeof whiteboard>, { type: "shape.create" }>;

if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM");
const folder = join(import.meta.dir, "../examples/whiteboard");
const server = await createServer({
  rooms: [whiteboard],
  pages: { "/whiteboard": join(folder, "index.html") },
  journal: memory(),
  auth: guests(),
  port: 0,
  development: false,
}).listen();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${server.url.href}whiteboard?room=sketches`);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByTestId("board").waitFor();
  const ben = createRoom(whiteboard, { url: server.url.href, id: "sketches", token: "Ben Okri" });
  await ben.whenSynced();
  for (const shape of shapes()) {
    const outcome = await ben.send(shape).settled;
    if (!outcome.ok) throw new Error(`${shape.kind}: ${outcome.reason}`);
  }
  ben.presence.set({ cursor: [600, 420], held: { ids: [], frame: [480, 330, 200, 110] } });
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.keyboard.press("1");
  await page.getByTestId("cursor").waitFor();
  // The second note, by a spot without text.
  const board = await page.getByTestId("board").boundingBox();
  if (board === null) throw new Error("no board");
  await page.mouse.click(board.x + 690, board.y + 215);
  await page.mouse.move(board.x + 240, board.y + 600);
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(folder, "whiteboard.png") });
} finally {
  await browser.close();
  await server.stop();
}
process.exit(0);

function shapes(): readonly Create[] {
  const one = (kind: Create["kind"], [x, y, w, h]: readonly [number, number, number, number], look: Partial<Create> = {}): Create => ({
    type: "shape.create",
    kind,
    ...{ x, y, w, h, stroke: "ink", fill: "none", width: 2 },
    ...look,
  });
  const wave = Array.from({ length: 60 }, (_, i) => [(i / 59) * pointRange, pointRange * (0.5 + 0.45 * Math.sin(i / 4))]);
  return [
    one("note", [60, 60, 190, 190], { fill: "yellow", text: "Ship the board on Friday" }),
    one("note", [280, 60, 190, 190], { fill: "green", text: "Undo is a command: it can be refused" }),
    one("note", [500, 60, 190, 190], { fill: "blue", text: "A drag is presence until it is dropped" }),
    one("rectangle", [80, 330, 200, 110], { stroke: "blue", fill: "blue", text: "Page" }),
    one("rectangle", [480, 330, 200, 110], { stroke: "violet", fill: "violet", text: "Room" }),
    one("ellipse", [290, 520, 180, 110], { stroke: "green", fill: "green", text: "Journal" }),
    one("arrow", [292, 365, 176, 0], { stroke: "grey" }),
    one("arrow", [468, 405, -176, 0], { stroke: "grey" }),
    one("arrow", [560, 452, -88, 88], { stroke: "orange", width: 4 }),
    one("text", [336, 334, 130, 24], { text: "command" }),
    one("text", [366, 412, 100, 24], { text: "op" }),
    one("pen", [80, 670, 610, 50], { stroke: "red", width: 4, points: wave.flat().map(Math.round) }),
  ];
}
