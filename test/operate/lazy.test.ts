/** Nothing of the metrics, of the log, or of several nodes is loaded where nobody asked for it. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

/** Which of these a server has loaded that listens so. */
async function loaded(inspector: string): Promise<unknown> {
  const script = `
    const { createServer, meeting, memory } = await import("./src/index.ts");
    const server = await createServer({ rooms: [meeting], journal: memory(), port: 0, inspector: ${inspector} }).listen();
    const paths = Object.keys(require.cache);
    const wanted = ["node_modules/prom-client/", "node_modules/pino/", "node_modules/xstate/", "src/cluster/port.ts", "src/cluster/node.ts", "src/cluster/users-abroad.ts"];
    console.log(JSON.stringify(wanted.filter((part) => paths.some((path) => path.includes(part)))));
    await server.stop();
    process.exit(0);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text());
}

test("without an admin listener no prom-client; with one, no pino", async () => {
  const always = ["node_modules/xstate/", "src/cluster/port.ts"];
  expect(await loaded("undefined")).toEqual(always);
  expect(await loaded('{ admin: { port: 0, token: "0123456789abcdef" } }')).toEqual(["node_modules/prom-client/", ...always]);
}, 30_000);
