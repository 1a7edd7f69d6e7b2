/** What a page has to load. Measured as a bundler for production makes it: minified, gzipped, without xstate, which the app has anyway. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const bytesMax = 12 * 1024;

/** All of `entry`, or what a page has of it that imports `names` alone. */
async function bundle(
  entry: string,
  external: readonly string[] = ["xstate"],
  names?: string,
): Promise<{ readonly text: string; readonly bytes: number }> {
  const path = join(import.meta.dir, "../../src", entry);
  const built = await Bun.build({
    ...(names === undefined
      ? { entrypoints: [path] }
      : { entrypoints: ["/page.ts"], files: { "/page.ts": `export { ${names} } from ${JSON.stringify(path)};` } }),
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
    const { text, bytes } = await bundle("client/create-room.ts");
    expect(text).toContain("createRoom");
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    expect(importsOf(text)).toEqual(["xstate"]);
  });

  test("undo costs only who uses it, and at most 1 KiB", async () => {
    const without = await bundle("client/index.ts", ["xstate"], "createRoom");
    const both = await bundle("client/index.ts", ["xstate"], "createRoom, createUndo");
    expect(without.text).not.toContain("nothing to undo");
    expect(both.text).toContain("nothing to undo");
    expect(both.bytes - without.bytes).toBeLessThanOrEqual(1_024);
  });

  test("the measure can fail: with xstate it is larger", async () => {
    expect((await bundle("client/index.ts", [])).bytes).toBeGreaterThan(bytesMax);
  });

  test("an app's definition finds the same under both entries: what makes states and events, and nothing of the server", async () => {
    const names = async (entry: string) => Object.keys((await import(join(import.meta.dir, "../../src", entry))) as object);
    const [page, server] = [await names("browser.ts"), await names("index.ts")];
    expect(page.filter((name) => !server.includes(name))).toEqual([]);
    const onServerOnly = ["apps", "ConfigError", "createServer", "defaultLimits", "defineConfig", "guests", "JournalError"];
    const rest = ["memory", "nats", "readConfig", "realClock", "recorder", "serve", "sqlite"];
    expect(server.filter((name) => !page.includes(name)).sort()).toEqual([...onServerOnly, ...rest].sort());
  });

  test("what an app's definition and page import has nothing of the server, of Bun or of Node", async () => {
    const { text } = await bundle("browser.ts", ["xstate", "valibot"]);
    expect(importsOf(text).sort()).toEqual(["valibot", "xstate"]);
    expect(text).not.toMatch(/\bBun\b|node:|require\(/);
  });
});
