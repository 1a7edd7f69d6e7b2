/** What a good engineer would write in an afternoon: parse, append to SQLite (WAL, FULL) in one transaction per window, publish one frame per window. No validation, no identity, no resume. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverSettings } from "./settings.ts";

const { window: windowMs } = serverSettings({ window: "50" });
const folder = mkdtempSync(join(tmpdir(), "quorate-bench-"));
const database = new Database(join(folder, "log.db"), { create: true });
database.run("PRAGMA journal_mode = WAL");
database.run("PRAGMA synchronous = FULL");
database.run("CREATE TABLE log (rev INTEGER PRIMARY KEY, data TEXT NOT NULL)");
const insert = database.query("INSERT INTO log VALUES (?, ?)");
const append = database.transaction((ops: readonly string[]) => {
  for (const op of ops) insert.run(++rev, op);
});

const topic = "all";
let rev = 0;
let lastWho = 0;
let ops: string[] = [];

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, listening) =>
    listening.upgrade(request, { data: ++lastWho }) ? undefined : new Response("This is a WebSocket address", { status: 426 }),
  websocket: {
    data: 0,
    open(ws) {
      ws.subscribe(topic);
      ws.send(`{"type":"welcome","to":${rev}}`);
    },
    message(ws, message) {
      const { n, event } = JSON.parse(String(message)) as { n: number; event: unknown };
      if (ops.length === 0) setTimeout(flush, Number(windowMs));
      ops.push(`[${ws.data},${n},${JSON.stringify(event)}]`);
    },
  },
});

function flush(): void {
  const from = rev;
  append(ops);
  server.publish(topic, `{"type":"delta","from":${from},"to":${rev},"ops":[${ops.join(",")}]}`);
  ops = [];
}

console.log(JSON.stringify({ port: server.port }));
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
