/** Nothing of the metrics or of the log is loaded where nobody asked for it. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

/** Which of the two packages a server has loaded that listens so. */
async function loaded(inspector: string): Promise<unknown> {
  const script = `
    const { createServer, meeting, memory } = await import("./src/index.ts");
    const server = await createServer({ rooms: [meeting], journal: memory(), port: 0, inspector: ${inspector} }).listen();
    const paths = Object.keys(require.cache);
    console.log(JSON.stringify(["prom-client", "pino", "xstate"].filter((name) => paths.some((path) => path.includes("node_modules/" + name + "/")))));
    await server.stop();
    process.exit(0);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text());
}

test("without an admin listener no prom-client; with one, no pino", async () => {
  expect(await loaded("undefined")).toEqual(["xstate"]);
  expect(await loaded('{ admin: { port: 0, token: "0123456789abcdef" } }')).toEqual(["prom-client", "xstate"]);
}, 30_000);
