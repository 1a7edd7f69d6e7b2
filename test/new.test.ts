/** `bun run new`: what it makes works as it is, and what it refuses leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { scaffold } from "../scripts/new/scaffold.ts";
import { apps } from "../src/apps.ts";
import { guests } from "../src/gateway/auth.ts";
import { isLive } from "./browser/app.ts";
import { browserTest, Profile, withChromium } from "./browser/chromium.ts";
import { rejection } from "./support/rejection.ts";
import { testServer } from "./support/server.ts";
import { type Ran, TryFolder } from "./support/try-folder.ts";

withChromium();
const slowMs = 120_000;

let folder: TryFolder;
let made: Ran;
beforeAll(async () => {
  folder = await TryFolder.make();
  made = await folder.new("nine-to-five-2");
}, slowMs);
afterAll(() => folder[Symbol.asyncDispose]());

test("[new] it tells every file that it made, and how to go on; nothing in them is called as the template is", async () => {
  expect(made.out).toContain("http://127.0.0.1:3000/nine-to-five-2");
  expect(made.status).toBe(0);
  const entries = await readdir(join(folder.examples, "nine-to-five-2"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toContain("nine-to-five-2.test.ts");
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    expect(made.out).toContain(path.slice(folder.path.length + 1));
    expect(await Bun.file(path).text()).not.toMatch(/my.app|\.\.\/\.\.\/\.\.\//i);
  }
});

test(
  "[new] the app compiles, is formatted, passes its tests and `machines check`",
  async () => {
    const runs = [folder.typeCheck(), folder.lint("nine-to-five-2"), folder.test(), folder.checkMachines()] as const;
    const [types, lint, tests, machines] = await Promise.all(runs);
    expect(types).toEqual({ status: 0, out: "" });
    expect(lint).toMatchObject({ status: 0 });
    expect(tests.out).toContain(" 2 pass\n 0 fail\n");
    expect(tests.status).toBe(0);
    expect(machines.out).toContain("examples/nine-to-five-2/room.ts\nnine-to-five-2, version 1\n");
    expect(machines.out).toContain("  clean\n");
    expect(machines.status).toBe(0);
  },
  slowMs,
);

test(
  "[new] a name of one letter, and the longest one",
  async () => {
    await using folder = await TryFolder.make();
    const names = ["a", "b".repeat(32)];
    for (const name of names) await scaffold(name, folder.examples);
    expect(await folder.lint(...names)).toMatchObject({ status: 0 });
    expect((await apps(folder.examples)).rooms).toMatchObject(names.map((type) => ({ type })));
  },
  slowMs,
);

for (const [name, why] of [
  ["", "'' cannot be an app's name"],
  ["My-App", "'My-App' cannot be an app's name"],
  ["2048", "'2048' cannot be an app's name"],
  ["two words", "'two words' cannot be an app's name"],
  ["dash-", "'dash-' cannot be an app's name"],
  ["two--dashes", "'two--dashes' cannot be an app's name"],
  ["../elsewhere", "'../elsewhere' cannot be an app's name"],
  ["a".repeat(33), "32 at most"],
  ["rooms", "'/rooms' is taken: the server answers /rooms itself"],
  ["assets", "'/assets' is taken"],
  ["shared", "examples/shared is there already"],
  ["nine-to-five-2", "examples/nine-to-five-2 is there already"],
] as const)
  test(`[new] '${name}' is refused`, async () => {
    const before = await everything();
    const error = await rejection(scaffold(name, folder.examples));
    expect(error).toMatchObject({ name: "ScaffoldError", message: expect.stringContaining(why) });
    expect(await everything()).toEqual(before);
  });

test("[new] the command refuses with exit status 1, and says why in one line", async () => {
  expect(await folder.new("rooms")).toEqual({ status: 1, out: "'/rooms' is taken: the server answers /rooms itself\n" });
  for (const args of [[], ["--help"], ["one", "two"]])
    expect(await folder.script("scripts/new.ts", ...args)).toEqual({ status: 1, out: expect.stringMatching(/^usage: .*\n$/) });
});

browserTest("[new] the server finds the app, and its page works for two people", async () => {
  await using running = await testServer({ ...(await apps(folder.examples)), auth: guests(), development: false });
  await using one = await Profile.make();
  await using two = await Profile.make();
  const landing = await one.open(running.http("/"));
  await landing.getByRole("link", { name: "Nine to five 2", exact: true }).click();
  await landing.waitForURL(running.http("/nine-to-five-2"));
  const join = async (profile: Profile, name: string): Promise<Page> => {
    const page = await profile.open(running.http("/nine-to-five-2?room=tea"));
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
    await isLive(page);
    return page;
  };
  const ada = await join(one, "Ada");
  const ben = await join(two, "Ben");
  const row = (page: Page, name: string) => page.getByTestId("person").filter({ hasText: name });
  await row(ada, "Ben").waitFor();

  // Only a host asks: the button says so.
  await ben.getByRole("button", { name: "Ask" }).hover();
  await ben.getByRole("tooltip").filter({ hasText: "Only a host asks." }).waitFor();
  await ada.getByLabel("The next question").fill("Tea or coffee?");
  await ada.getByRole("button", { name: "Ask" }).click();
  await ben.getByTestId("question").filter({ hasText: "Tea or coffee?" }).waitFor();

  await ben.getByLabel("Your answer").fill("Darjeeling");
  await ben.getByRole("button", { name: "Answer" }).click();
  await row(ben, "Ben").filter({ hasText: "Darjeeling" }).waitFor();
  await row(ada, "Ben").filter({ hasText: "has answered" }).waitFor();
  expect(await ada.content()).not.toContain("Darjeeling");
  await ben.getByLabel("Your answer").fill("Coffee, rather");
  await ben.getByLabel("Your answer").press("Enter");
  await ben.getByTestId("toast").filter({ hasText: "You have answered already." }).waitFor();
  one.expectQuiet();
  two.expectQuiet();
});

const everything = async (): Promise<readonly string[]> => (await readdir(folder.path, { recursive: true })).sort();
