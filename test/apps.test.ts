import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { apps } from "../src/apps.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { meeting } from "../src/meeting/room.ts";
import { TestClient } from "./support/client.ts";
import { rejection } from "./support/rejection.ts";
import { testServer } from "./support/server.ts";
import { counter } from "./types/readme-room.ts";

const source = (path: string): string => JSON.stringify(join(import.meta.dir, "..", path));
const counterRoom = `export { counter } from ${source("test/types/readme-room.ts")};`;
const meetingRoom = `export { meeting } from ${source("src/meeting/room.ts")};`;

let all: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  all = await mkdtemp(join(tmpdir(), "quorate-apps-"));
});
// A module is loaded once, so each test has its own.
beforeEach(async () => {
  folder = join(all, String(count++));
  await mkdir(folder);
});
afterAll(() => rm(all, { recursive: true }));

test("each folder with a room.ts is an app: its room type, its services, its page; everything else is none", async () => {
  await put("counter/room.ts", counterRoom);
  await put("counter/index.html", "<title>Counter</title>");
  await put("meeting/room.ts", `${meetingRoom}\nexport const services = { recorder: "ours" };`);
  await put("shared/store.ts", "throw new Error('nobody loads this');");
  await put("drafts/deep/room.ts", "throw new Error('nor this');");
  await put("terminal.ts", "throw new Error('nor this');");
  const found = await apps(folder);
  expect(found.rooms).toEqual([counter, { def: meeting, services: { recorder: "ours" } }] as never);
  expect(found.pages).toEqual({ "/counter": join(folder, "counter/index.html") });
  expect(readConfig({ ...found, port: 0 }, {})).toMatchObject({ pages: found.pages });
  await using running = await testServer({ rooms: [found.rooms[0] as typeof counter], pages: found.pages });
  expect(await (await fetch(running.http("/counter"))).text()).toContain("<title>Counter</title>");
  const ada = await TestClient.join(counter, running.url("counter/c"), { client: "a", token: "Ada" });
  expect(await ada.do({ type: "add", n: 2 })).toMatchObject({ ok: true });
});

test("a room type under two names is one", async () => {
  await put(
    "counter/room.ts",
    `${counterRoom}\nexport { counter as default, counter as again } from ${source("test/types/readme-room.ts")};`,
  );
  expect((await apps(folder)).rooms).toEqual([counter]);
});

test("an app without a page may be called as it likes", async () => {
  await put("My Counter/room.ts", counterRoom);
  expect(await apps(folder)).toEqual({ rooms: [counter], pages: {} } as never);
});

for (const [what, files, ...told] of [
  ["a module that throws", { "a/room.ts": "throw new Error('the moon is wrong');" }, "a/room.ts cannot be loaded: the moon is wrong"],
  ["a module that does not parse", { "a/room.ts": "export const = 1;" }, "a/room.ts cannot be loaded: ", "="],
  [
    "a module that imports nothing that is there",
    { "a/room.ts": "import './machine.ts';" },
    "a/room.ts cannot be loaded: ",
    "./machine.ts",
  ],
  ["a module without a room type", { "a/room.ts": "export const machine = { type: 'a', version: 1 };" }, "a/room.ts exports no room type"],
  ["a module with two", { "a/room.ts": counterRoom + meetingRoom }, "a/room.ts exports 2 room types (counter, meeting): an app has one"],
  ["services that are none", { "a/room.ts": `${counterRoom}export const services = 7;` }, "a/room.ts: services must be an object"],
  ["two apps of one type", { "a/room.ts": counterRoom, "b/room.ts": counterRoom }, "/a and ", "/b have the same room type, 'counter'"],
  ["a page without a path", { "My App/room.ts": counterRoom, "My App/index.html": "" }, "My App cannot have a page: '/My App' is no path"],
  ["a page in the server's place", { "rooms/room.ts": counterRoom, "rooms/index.html": "" }, "rooms cannot have a page: '/rooms' is taken"],
] as const)
  test(`${what} is told, with its file`, async () => {
    for (const [name, text] of Object.entries(files)) await put(name, text);
    const error = await rejection(apps(folder));
    expect(error).toBeInstanceOf(ConfigError);
    for (const part of told) expect(String(error)).toContain(part);
  });

test("a folder that is not there is told; one without apps serves nothing, and that is refused", async () => {
  expect(String(await rejection(apps(join(folder, "none"))))).toContain(`the folder ${join(folder, "none")} cannot be read`);
  expect(readConfig.bind(undefined, await apps(folder), {})).toThrow("serve at least one room type");
});

test("this repository's apps are found, each with a page", async () => {
  const { rooms, pages } = await apps(join(import.meta.dir, "../examples"));
  expect(pages).toMatchObject({ "/meeting": expect.stringContaining("examples/meeting/index.html") });
  expect(Object.keys(pages)).toHaveLength(rooms.length);
});

async function put(name: string, text: string): Promise<void> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
