/** `bun run machines check`, as a process: what it prints, and its exit status. */
import { expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const brokenRoom = join(import.meta.dir, "broken-room.ts");
const clean = `import { brokenRoom, goAndBack } from ${JSON.stringify(brokenRoom)};\nexport const room = brokenRoom({ machine: goAndBack });\n`;

async function check(
  args: readonly string[],
  cwd = root,
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const child = Bun.spawn([process.execPath, join(root, "src/check/main.ts"), ...args], {
    cwd,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err, status] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { status, out, err };
}

async function folder(files: Readonly<Record<string, string>>): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "quorate-check-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("[check] 0: clean; every app's room is found by itself, and its bounds are told", async () => {
  await using apps = await folder({ "examples/one/room.ts": clean, "examples/two/room.ts": clean, "examples/none/index.html": "" });
  const { status, out } = await check(["check"], apps.path);
  expect(status).toBe(0);
  expect(out.split("\n").filter((line) => line.startsWith("examples"))).toEqual(["examples/one/room.ts", "examples/two/room.ts"]);
  expect(out).toContain("explored 9 states, 6 transitions, 108 events tried, 6 steps deep, 7 s of virtual time, until nothing was left");
  expect(out).toContain("hana (host)");
  expect(out.match(/^ {2}clean$/gm)).toHaveLength(2);
});

test("[check] 1: findings, each with its code, its place and the way to it; what cannot be defined has no stack", async () => {
  const { status, out, err } = await check(["check", "test/check/broken/invariant.ts", "test/check/broken/reason-missing.ts"]);
  expect(status).toBe(1);
  expect(err).toBe("");
  expect(out).toContain("✗ invariant: the invariant 'the total is never negative' is broken");
  expect(out).toContain("1. hana (host): participant.joined");
  expect(out).toContain('2. hana (host): take {"n":1}');
  expect(out).toContain("✗ reason-missing: the guard 'isFine' has no reason");
  expect(out).not.toMatch(/^\s+at .*\.ts:\d+:\d+/m);
});

test("[check] 2: what cannot be checked, whatever else was found", async () => {
  await using files = await folder({ "empty.ts": "export const x = 1;\n", "wrong.ts": "throw new Error('not today');\n" });
  for (const [args, said] of [
    [[], "usage"],
    [["chekc"], "usage"],
    [["check", "--wirte"], "there is no option --wirte"],
    [["check", "nowhere.ts"], "there is no such file"],
    [["check", "empty.ts"], "it exports no room type"],
    [["check", "wrong.ts"], "not today"],
    [["check"], "there is no examples/<app>/room.ts"],
  ] as const) {
    const { status, err } = await check(args, files.path);
    expect({ args, status }).toEqual({ args, status: 2 });
    expect(err).toContain(said);
  }
  const { status, out } = await check(["check", join(root, "test/check/broken/limit.ts"), "wrong.ts"], files.path);
  expect(status).toBe(2);
  expect(out).toContain("✗ limit");
});

test("[check] a README with a place for the machine is kept up to date by --write, and being out of date is a finding", async () => {
  const readme = "# One\n\n<!-- machine -->\n\nold\n\n<!-- /machine -->\n\nThe end.\n";
  await using app = await folder({ "room.ts": clean, "README.md": readme });
  const stale = await check(["check", "room.ts"], app.path);
  expect(stale.status).toBe(1);
  expect(stale.out).toContain("✗ readme-stale");
  expect(await readFile(join(app.path, "README.md"), "utf8")).toBe(readme);
  expect((await check(["check", "--write", "room.ts"], app.path)).status).toBe(0);
  expect((await check(["check", "room.ts"], app.path)).status).toBe(0);
  const written = await readFile(join(app.path, "README.md"), "utf8");
  expect(written).toStartWith("# One\n\n<!-- machine -->\n\n```mermaid\nstateDiagram-v2\n");
  expect(written).toContain("  broken_here --> broken_there : go\n");
  expect(written).toContain(
    "| `go`    | `here`  | ✓                  | ✓      | ✓      | ✓        |\n|         | `there` | Possible in here.  | 〃     | 〃     | 〃       |\n",
  );
  expect(written).toEndWith("<!-- /machine -->\n\nThe end.\n");
});
