/** docs/extend.md is followed to the letter: what its blocks make compiles, is clean, and passes the tests that it shows. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { apps } from "../src/apps.ts";
import { type CheckOptions, checkMachine, type MachineReport } from "../src/check/check-machine.ts";
import { guests } from "../src/gateway/auth.ts";
import type { AnyRoomType } from "../src/room/define-room.ts";
import { isLive } from "./browser/app.ts";
import { browserTest, Profile, withChromium } from "./browser/chromium.ts";
import { rejection } from "./support/rejection.ts";
import { testServer } from "./support/server.ts";
import { TryFolder } from "./support/try-folder.ts";
import { blocksOf, filesOf } from "./support/walk-through.ts";

withChromium();
const root = join(import.meta.dir, "..");
const slowMs = 120_000;
const page = await readFile(join(root, "docs/extend.md"), "utf8");
const blocks = blocksOf(page);

let folder: TryFolder;
beforeAll(async () => {
  folder = await followed(page);
}, slowMs);
afterAll(() => folder[Symbol.asyncDispose]());

test("[docs] every block of code says which file it is of", () => {
  const fences = [...page.matchAll(/^```(\w+)/gm)].map(([, language]) => language).filter((language) => language !== "sh");
  expect(fences.length).toBe(blocks.length);
  const files = ["machine.ts", "quiz.ts", "room.ts", "web/room-hooks.ts", "web/page.tsx", "pub-quiz.test.ts"];
  expect([...new Set(blocks.map(({ file }) => file))]).toEqual(files);
});

test(
  "[docs] what they make compiles, is formatted, and passes the tests that they show",
  async () => {
    const [types, lint, tests] = await Promise.all([folder.typeCheck(), folder.lint("pub-quiz"), folder.test()]);
    expect(types).toEqual({ status: 0, out: "" });
    expect(lint).toMatchObject({ status: 0 });
    expect(tests.out).toContain(" 2 pass\n 0 fail\n");
    expect(tests.status).toBe(0);
  },
  slowMs,
);

test(
  "[docs] the machine that they make is clean",
  async () => {
    const report = await checked(folder);
    expect(report).toMatchObject({ type: "pub-quiz", version: 2, findings: [] });
  },
  slowMs,
);

browserTest("[docs] the page that they make works for two people, and the answers are not in it", async () => {
  await using running = await testServer({ ...(await apps(folder.examples)), auth: guests(), development: false });
  await using one = await Profile.make();
  await using two = await Profile.make();
  const scripts: Promise<string>[] = [];
  const enter = async (profile: Profile, name: string): Promise<Page> => {
    const page = await profile.open(running.http("/pub-quiz?room=tuesday"));
    page.on("response", (response) => {
      if (response.request().resourceType() === "script") scripts.push(response.text());
    });
    await page.reload();
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
    await isLive(page);
    return page;
  };
  const ada = await enter(one, "Ada");
  const ben = await enter(two, "Ben");
  const row = (page: Page, name: string) => page.getByTestId("person").filter({ hasText: name });
  await ada.getByRole("button", { name: "Next question" }).click();
  await ben.getByRole("heading", { name: "Who wrote “Emma”?" }).hover();
  await row(ada, "Ben").filter({ hasText: "is thinking" }).waitFor();
  await ben.getByRole("button", { name: "A: Austen" }).click();
  await ben.getByRole("button", { name: "C: Eliot" }).click();
  await row(ben, "Ben").filter({ hasText: /C0$/ }).waitFor();
  await row(ada, "Ben").filter({ hasText: "has picked" }).waitFor();
  await ben.getByRole("button", { name: "Undo" }).click();
  await row(ben, "Ben").filter({ hasText: /A0$/ }).waitFor();
  await ben.getByRole("button", { name: "A: Austen" }).hover();
  await ben.getByRole("tooltip").filter({ hasText: "You have picked A already." }).waitFor();
  const text = (await Promise.all(scripts)).join("");
  // Not the whole text in a failure's message.
  expect({ rules: text.includes("This server has no questions."), answers: text.includes("Austen") }).toEqual({
    rules: true,
    answers: false,
  });
  one.expectQuiet();
  two.expectQuiet();
});

test(
  "[docs] canary: a block that is wrong is found, by the compiler, the tests and the checker; so is a diff of what is not there",
  async () => {
    const wrong = [
      ["picks: mask(picks)", "picks"],
      ["readonly asked: number", "readonly asked: string"],
    ] as const;
    for (const [right] of wrong) expect(page).toContain(right);
    await using folder = await followed(wrong.reduce((text, [right, wrong]) => text.replace(right, wrong), page));
    expect(await folder.typeCheck()).toMatchObject({ status: 1, out: expect.stringContaining("machine.ts") });
    expect(await folder.test()).toMatchObject({ status: 1, out: expect.stringContaining(" 1 fail") });
    expect((await checked(folder)).findings.map(({ code }) => code)).toContain("secret-shown");
    expect(await rejection(followed(page.replace("-const pickMs = 20_000", "-const pickMs = 10_000")))).toMatchObject({
      message: expect.stringContaining("the old lines are 0 times in machine.ts"),
    });
  },
  slowMs,
);

/** As `machines check` does, until everything has been reached and not much longer: test/new.test.ts runs the command itself. */
async function checked({ examples }: TryFolder): Promise<MachineReport> {
  const { roomType, check } = (await import(join(examples, "pub-quiz/room.ts"))) as { roomType: AnyRoomType; check: CheckOptions };
  return checkMachine(roomType, { ...check, bounds: { statesMax: 40 } });
}

/** What somebody has who follows the page. */
async function followed(markdown: string): Promise<TryFolder> {
  const folder = await TryFolder.make();
  try {
    const { status, out } = await folder.new("pub-quiz");
    if (status !== 0) throw new Error(out);
    const blocks = blocksOf(markdown);
    const before = new Map<string, string>();
    for (const file of new Set(blocks.map(({ file }) => file))) {
      const present = Bun.file(join(folder.examples, "pub-quiz", file));
      if (await present.exists()) before.set(file, await present.text());
    }
    for (const [file, text] of filesOf(blocks, before)) await folder.put(join("examples/pub-quiz", file), text);
    return folder;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
