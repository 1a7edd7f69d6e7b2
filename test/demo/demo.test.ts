import { expect, test } from "bun:test";
import { join } from "node:path";

async function demo(...args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), "--people", "12", "--seconds", "3", ...args], {
    cwd: join(import.meta.dir, "../.."),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  return { code: await child.exited, text };
}

test("[L2] [L4] [L7] the demo's short form: a meeting, a SIGKILL, and everyone has the same state", async () => {
  const { code, text } = await demo();
  expect(text).toContain("SIGKILL");
  expect(text.match(/✓/g)).toHaveLength(7);
  expect(code).toBe(0);
}, 90_000);

test("its comparison can fail: a client that forgot an op is found", async () => {
  const { code, text } = await demo("--break");
  expect(text).toContain("✗ all clients have the same state: 2 different ones");
  expect(code).toBe(1);
}, 90_000);
