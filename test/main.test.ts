import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meeting } from "../src/meeting/room.ts";
import { TestClient } from "./support/client.ts";

const root = join(import.meta.dir, "..");

test("a fresh start of `bun run server` says what is true: pages, rooms, where it stores, who may come in", async () => {
  const data = await mkdtemp(join(tmpdir(), "quorate-main-"));
  await using server = await Started.in(data, {});
  const { pages = "", rooms = "", stores, guests, inspect } = server.told;
  expect(pages.split("  ")).toContain(`${server.url}meeting`);
  for (const page of pages.split("  ")) expect([page, (await fetch(page)).status]).toEqual([page, 200]);
  expect(rooms.split("  ")).toContain(`${server.url.replace("http", "ws")}rooms/meeting/:id`);
  for (const room of rooms.split("  ")) {
    const address = room.replace("ws", "http").replace(":id", "a");
    expect([address, (await fetch(address)).status]).toEqual([address, 426]);
  }
  expect(rooms.split("  ")).toHaveLength(pages.split("  ").length);
  expect(stores).toBe(join(data, "rooms.db"));
  expect(existsSync(stores ?? "")).toBe(true);
  expect(guests).toBe("anyone on this machine, under any name");
  const [inspector = "", token = ""] = inspect?.split("#token=") ?? [];
  const asked = (given: string) => fetch(new URL("/api/rooms", inspector), { headers: { authorization: `Bearer ${given}` } });
  expect([(await asked(token)).status, (await asked("another")).status]).toEqual([200, 401]);
  const ada = await TestClient.join(meeting, `${server.url.replace("http", "ws")}rooms/meeting/a`, { client: "a", token: "Ada" });
  expect(ada.welcome).toMatchObject({ role: "host" });
  ada.close();
  expect(await server.stop()).toBe(0);
});

test("a config whose apps are broken says so, and nothing is stored", async () => {
  const data = join(tmpdir(), `quorate-none-${process.pid}`);
  const config = join(import.meta.dir, "support/broken-apps/quorate.config.ts");
  const child = start(data, { QUORATE_CONFIG: config });
  expect(await child.exited).toBe(1);
  const told = await new Response(child.stderr).text();
  expect(told).toStartWith(`${config} is wrong:\n`);
  expect(told).toContain("broken/room.ts exports no room type");
  expect(existsSync(data)).toBe(false);
});

class Started implements AsyncDisposable {
  readonly url: string;
  /** What it said under each of its words. */
  readonly told: Readonly<Record<string, string>>;
  readonly #child: ReturnType<typeof start>;
  readonly #data: string;

  private constructor(child: ReturnType<typeof start>, data: string, printed: string) {
    this.#child = child;
    this.#data = data;
    this.url = /^Quorate listens on (.+)$/m.exec(printed)?.[1] ?? "";
    this.told = Object.fromEntries([...printed.matchAll(/^ {2}(\w+) +(.+)$/gm)].map(([, word = "", rest = ""]) => [word, rest]));
  }

  /** Resolves when it has said its last line. */
  static async in(data: string, env: Record<string, string>): Promise<Started> {
    const child = start(data, env);
    let printed = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      printed += decoder.decode(chunk, { stream: true });
      if (/^ {2}inspect .+\n/m.test(printed)) return new Started(child, data, printed);
    }
    throw new Error(`it ended before it listened:\n${printed}${await new Response(child.stderr).text()}`);
  }

  /** Its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    await rm(this.#data, { recursive: true, force: true });
  }
}

function start(data: string, env: Record<string, string>) {
  return Bun.spawn([process.execPath, "src/main.ts"], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, QUORATE_PORT: "0", QUORATE_DATA: data, ...env },
  });
}
