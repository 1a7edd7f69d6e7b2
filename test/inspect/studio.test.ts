/** What is pasted into Stately Studio, as a module that runs; and `bun run machines print` as a process. */
import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyStateMachine, createActor, StateMachine } from "xstate";
import { studioText } from "../../src/inspect/studio.ts";
import { isRoomType } from "../../src/room/define-room.ts";
import { idsOf, shapeOf } from "./shape.ts";
import { zoo } from "./zoo.ts";

const root = join(import.meta.dir, "../..");
const machineFiles = (await readdir(join(root, "machines"))).map((name) => join("machines", name));
const roomFiles = [...new Bun.Glob("examples/*/room.ts").scanSync(root)].toSorted();

/** Inputs as the server and the client give them. */
const inputs: Readonly<Record<string, object>> = {
  roomLife: { idleMs: 1, backoffMinMs: 1, backoffMaxMs: 1 },
  connection: { online: true, connectMsMax: 1, joinMsMax: 1 },
  meeting: { id: "weekly", at: 0 },
};

class Modules implements AsyncDisposable {
  readonly #path: string;
  #count = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  static async make(): Promise<Modules> {
    const path = await mkdtemp(join(tmpdir(), "quorate-studio-"));
    await symlink(join(root, "node_modules"), join(path, "node_modules"));
    return new Modules(path);
  }

  async machineOf(text: string): Promise<AnyStateMachine> {
    const file = join(this.#path, `machine-${this.#count++}.ts`);
    await writeFile(file, text);
    return ((await import(file)) as { machine: AnyStateMachine }).machine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { recursive: true });
  }
}

async function print(...args: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const child = Bun.spawn([process.execPath, join(root, "src/check/main.ts"), "print", ...args], {
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err, status] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { status, out, err };
}

const machineIn = async (file: string): Promise<AnyStateMachine> => {
  const exported = Object.values((await import(join(root, file))) as Readonly<Record<string, unknown>>);
  const found = exported.find(isRoomType)?.machine ?? exported.find((value) => value instanceof StateMachine);
  if (found === undefined) throw new Error(`there is no machine in ${file}`);
  return found as AnyStateMachine;
};

test("[studio] what is printed of each file of machines/ and each app is a module whose machine has the same states", async () => {
  await using modules = await Modules.make();
  expect(machineFiles.length).toBeGreaterThanOrEqual(4);
  expect(roomFiles.length).toBeGreaterThanOrEqual(3);
  for (const file of [...machineFiles, ...roomFiles]) {
    const { status, out, err } = await print(file);
    expect([file, status, err]).toEqual([file, 0, ""]);
    expect(out).toStartWith('import { createMachine } from "xstate";\n\nexport const machine = createMachine({\n');
    expect(out).toEndWith("\n});\n");
    expect([file, idsOf(await modules.machineOf(out))]).toEqual([file, idsOf(await machineIn(file))]);
  }
});

test("[studio] a room type is found by its name, and nothing else is printed", async () => {
  const byType = await print("whiteboard");
  expect(byType).toEqual({ status: 0, err: "", out: studioText(await machineIn("examples/whiteboard/room.ts")) });
  for (const [args, said] of [
    [["no-such-type"], "there is no such file, and no examples/<app>/room.ts has this room type"],
    [["src/clock.ts"], "it exports no room type, and no machine"],
    [[], "usage: "],
    [["whiteboard", "meeting"], "usage: "],
    [["--all"], "there is no option --all"],
  ] as const) {
    const { status, out, err } = await print(...args);
    expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
    expect(err).toContain(said);
  }
});

test("[studio] keys and texts of any kind stay what they are", async () => {
  await using modules = await Modules.make();
  for (const [name, machine] of Object.entries(zoo)) {
    const again = await modules.machineOf(studioText(machine));
    expect([name, shapeOf(again)]).toEqual([name, shapeOf(machine)]);
  }
});

test("[studio] the files in machines/ can be opened as they are: they import xstate alone, and what they export runs", async () => {
  for (const file of machineFiles) {
    const imported = new Bun.Transpiler({ loader: "ts" }).scanImports(await Bun.file(join(root, file)).text()).map(({ path }) => path);
    expect([file, imported]).toEqual([file, ["xstate"]]);
    const machine = await machineIn(file);
    const actor = createActor(machine, { input: inputs[machine.id] });
    actor.start();
    expect([file, actor.getSnapshot().status]).toEqual([file, "active"]);
    actor.stop();
  }
});
