import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TestClient } from "./support/client.ts";
import { testServer } from "./support/server.ts";

const root = join(import.meta.dir, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text ?? "" }));

test("the README's client and page are the ones that are compiled here", () => {
  for (const [file, language] of [
    ["readme-client.ts", "ts"],
    ["readme-page.tsx", "tsx"],
  ] as const) {
    const compiled = readFileSync(join(import.meta.dir, "types", file), "utf8")
      .replace("../../src/index.ts", "quorate")
      .replace("../../src/client/indexed-db.ts", "quorate/client/indexed-db")
      .replace("../../src/react/index.ts", "quorate/react")
      .replace(/^\/\*\*.*\*\/\s+/, "")
      .trim();
    expect(blocks.filter((block) => block.language === language).map(({ text }) => text.trim())).toContain(compiled);
  }
});

test("the README's own room type is the one that is compiled and run here", async () => {
  const shown = blocks.find(({ text }) => text.includes("defineRoom"))?.text;
  expect(shown?.trim()).toBe(
    readFileSync(join(import.meta.dir, "types/readme-room.ts"), "utf8")
      .replace("../../src/index.ts", "quorate")
      .replace(/^\/\*\*.*\*\/\s+/, "")
      .trim(),
  );
  const { counter } = await import("./types/readme-room.ts");
  await using running = await testServer({ rooms: [counter] });
  const ada = await TestClient.join(counter, running.url("counter/c"), { client: "a", token: "Ada" });
  expect(await ada.do({ type: "add", n: 2 })).toMatchObject({ ok: true });
  expect(await ada.do({ type: "add", n: -2 })).toMatchObject({ ok: false, reason: "Only up, please." });
  expect(ada.context).toEqual({ total: 2 } as never);
});

test("the README's two lines are what CI runs and what starts the server", () => {
  const lines = blocks.filter(({ language }) => language === "sh").map(({ text }) => text.trim());
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.split("\n")).toHaveLength(1);
  expect(readFileSync(join(root, ".ci/run"), "utf8")).toContain(lines[1] as string);
  const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const line of lines) {
    expect(line).toContain(`bun@${devDependencies.bun} install --frozen-lockfile`);
    expect(scripts).toHaveProperty(/bun run (\w+)$/.exec(line)?.[1] as string);
  }
});
