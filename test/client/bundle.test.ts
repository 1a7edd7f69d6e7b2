/** What a page has to load. Measured as a bundler for production makes it: minified, gzipped, without xstate, which the app has anyway. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const bytesMax = 12 * 1024;

async function bundle(entry: string, external: readonly string[] = ["xstate"]): Promise<{ readonly text: string; readonly bytes: number }> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../src", entry)],
    target: "browser",
    minify: true,
    external: [...external],
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const text = (await built.outputs[0]?.text()) ?? "";
  return { text, bytes: Bun.gzipSync(text, { level: 9 }).length };
}
const importsOf = (text: string): string[] => [...new Set([...text.matchAll(/\bfrom\s?"([^"]+)"/g)].map(([, name]) => name ?? ""))];

describe("the client's bundle", () => {
  test(`is at most ${bytesMax} bytes`, async () => {
    const { text, bytes } = await bundle("client/index.ts");
    expect(text).toContain("createRoom");
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    expect(importsOf(text)).toEqual(["xstate"]);
  });

  test("the measure can fail: with xstate it is larger", async () => {
    expect((await bundle("client/index.ts", [])).bytes).toBeGreaterThan(bytesMax);
  });

  test("what an app's definition and page import has nothing of the server, of Bun or of Node", async () => {
    const { text } = await bundle("browser.ts", ["xstate", "valibot"]);
    expect(importsOf(text).sort()).toEqual(["valibot", "xstate"]);
    expect(text).not.toMatch(/\bBun\b|node:|require\(/);
  });
});
