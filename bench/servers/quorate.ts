/**
 * Quorate as it is, with one room type. `--journal sqlite|memory|nats`, `--nats` its servers with commas between, `--limits JSON`.
 * Prints its ports; the second one tells `stats()`, the journal's commits and alarms.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type JournalFactory, type Limits, memory, nats, type ServerAlarm, sqlite } from "../../src/index.ts";
import { pulse } from "./pulse.ts";
import { serverSettings } from "./settings.ts";

const settings = serverSettings({ journal: "sqlite", nats: "", limits: "{}" });
const folder = await mkdtemp(join(tmpdir(), "quorate-bench-"));
const path = join(folder, "rooms.db");
const alarms: ServerAlarm[] = [];

const server = await createServer({
  rooms: [pulse],
  journal: journal(),
  port: 0,
  limits: JSON.parse(settings.limits) as Partial<Limits>,
  onAlarm: (alarm) => {
    alarms.push(alarm);
    console.error(JSON.stringify(alarm));
  },
}).listen();

const beside = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: () => Response.json({ ...server.stats(), ...commits(), alarms: alarms.length }),
});
console.log(JSON.stringify({ port: Number(server.url.port), stats: beside.port }));

function journal(): JournalFactory {
  if (settings.journal === "nats") return nats({ servers: settings.nats.split(",") });
  return settings.journal === "memory" ? memory() : sqlite({ path });
}

/** The journal writes how many transactions it has acknowledged into the mark beside its file (src/journal/sqlite-mark.ts). */
function commits(): { readonly commits?: number } {
  const mark = `${path}.mark`;
  return existsSync(mark) ? { commits: Number(readFileSync(mark, "utf8").split(" ")[1]) } : {};
}

for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  });
