/**
 * The floor: `Bun.serve` and nothing else. Each message is published at once, in one frame of `--frame-bytes` bytes, to all of its room, which is the path.
 * What Quorate costs beyond this for frames of the same size at the same pace is what it does beside sending.
 * `--commit true`: each message is first committed to SQLite (WAL, FULL), which is the floor of everything that is durable.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverSettings } from "./settings.ts";

const { "frame-bytes": frameBytes, commit } = serverSettings({ "frame-bytes": "0", commit: "false" });
const padding = "x".repeat(Number(frameBytes));
const revs = new Map<string, number>();
const folder = commit === "true" ? mkdtempSync(join(tmpdir(), "quorate-bench-")) : undefined;
const insert = folder === undefined ? undefined : logIn(folder);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, listening) =>
    listening.upgrade(request, { data: new URL(request.url).pathname })
      ? undefined
      : new Response("This is a WebSocket address", { status: 426 }),
  websocket: {
    data: "",
    open(ws) {
      ws.subscribe(ws.data);
      ws.send(`{"type":"welcome","to":${revs.get(ws.data) ?? 0}}`);
    },
    message(ws, message) {
      insert?.run(String(message));
      const rev = (revs.get(ws.data) ?? 0) + 1;
      revs.set(ws.data, rev);
      const start = `{"type":"delta","from":${rev - 1},"to":${rev},"ops":[[0,0,${message}]],"pad":"`;
      server.publish(ws.data, `${start}${padding.slice(0, Math.max(0, padding.length - start.length - 2))}"}`);
    },
  },
});
console.log(JSON.stringify({ port: server.port }));
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });

function logIn(folder: string) {
  const database = new Database(join(folder, "log.db"), { create: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = FULL");
  database.run("CREATE TABLE log (rev INTEGER PRIMARY KEY, data TEXT NOT NULL)");
  return database.query("INSERT INTO log (data) VALUES (?)");
}
