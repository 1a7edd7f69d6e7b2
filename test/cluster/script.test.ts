/** `bun run cluster`, as somebody has it who types that. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { freePorts } from "../../scripts/nats/nats-cluster.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { isNatsOff } from "../support/nats-server.ts";

const root = join(import.meta.dir, "../..");

test.skipIf(isNatsOff)(
  "`bun run cluster`: three nodes on three nats-servers; one that dies is told and the others go on; nothing is left at the end",
  async () => {
    const ports = await freePorts(3);
    await using script = new Script(["--ports", ports.join(",")]);
    await eventually(() => script.out.includes("Ctrl-C ends all"), `its last line, after ${script.out}`, 60_000);
    const nodes = [...script.out.matchAll(/node \d +http:\/\/127\.0\.0\.1:(\d+)\/ +pid (\d+)/g)];
    expect(nodes.map(([, port]) => Number(port))).toEqual(ports);
    const pids = [...script.out.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(6);
    for (const [, address = ""] of script.out.matchAll(/inspect \d +(\S+)#token/g)) expect((await fetch(address)).status).toBe(200);

    // A page of one node may connect to another, and the same client may come back anywhere.
    const [first, second, third] = ports.map((port) => `ws://127.0.0.1:${port}/rooms/meeting/a`) as [string, string, string];
    const ada = await TestClient.join(meeting, first, { client: "a", token: "Ada", headers: { origin: `http://localhost:${ports[1]}` } });
    ada.close();
    await ada.end();
    const again = ada.resumed(second);
    await again.until(() => again.welcome !== undefined || again.closed !== undefined, "the welcome");
    expect([again.welcome?.recovered, again.closed]).toEqual(["resumed", undefined]);
    again.close();

    process.kill(Number(nodes[1]?.[2]), "SIGKILL");
    await eventually(() => script.errors.includes("node 2 has died (SIGKILL); its last lines:\n  Quorate listens on"), "the news of it");
    expect((await fetch(third.replace(/^ws(.+)rooms.+$/, "http$1livez"))).status).toBe(200);

    expect(await script.stop()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  },
  120_000,
);

test("`bun run cluster` takes three ports", async () => {
  for (const given of ["3000", "3000,3001,3001", "1,2,x", "0,1,2"]) {
    await using script = new Script(["--ports", given]);
    expect([given, await script.stop()]).toEqual([given, 1]);
    expect(script.errors).toStartWith("--ports: three of them");
  }
});

class Script {
  out = "";
  errors = "";
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #read: Promise<unknown>;

  constructor(args: readonly string[]) {
    const command = [process.execPath, "scripts/cluster.ts", ...args];
    this.#child = Bun.spawn(command, { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    this.#read = Promise.all([
      this.#gather(this.#child.stdout, (text) => (this.out += text)),
      this.#gather(this.#child.stderr, (text) => (this.errors += text)),
    ]);
  }

  /** Its exit code; of one that ends by itself, that. */
  async stop(): Promise<number> {
    if (this.out !== "") this.#child.kill("SIGTERM");
    await this.#read;
    return await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) await this.stop();
  }

  async #gather(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) onText(decoder.decode(chunk, { stream: true }));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
