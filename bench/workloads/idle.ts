/** M: people who are there and do nothing. What does each of them hold? */
import type { Bench } from "../load/bench.ts";
import { Fleet } from "../load/fleet.ts";
import type { Outcome } from "../load/job.ts";
import { filesMax } from "../load/process-use.ts";
import type { Workload } from "./workload.ts";

const clients = 10_000;
const rooms = 100;
/** Files that are no sockets of clients. */
const otherFiles = 300;
const settleSpans = 10;

export const idle: Workload = {
  name: "M",
  title: `${clients.toLocaleString("en")} idle clients in ${rooms} rooms`,
  servers: ["quorate", "bare", "ws"],
  columns: [
    { key: "clients", title: "clients", digits: 0 },
    { key: "rssKiBPerClient", title: "RSS KiB per client", digits: 2 },
    { key: "rssMiB", title: "RSS MiB in all", digits: 0 },
    { key: "emptyRssMiB", title: "RSS MiB before", digits: 0 },
    { key: "idleShare", title: "server core, idle", digits: 3 },
  ],
  limits: { connectionsPerAddressMax: 20_000 },
  takesPeers: true,
  run,
};

async function run(bench: Bench): Promise<Outcome> {
  const fleet = new Fleet(bench);
  try {
    const filesLeft = Math.min(filesMax(process.pid), filesMax(bench.job.nodes[0].pid)) - otherFiles;
    const wanted = bench.scaled(clients);
    const many = Math.min(wanted, filesLeft);
    await settle(bench);
    const emptyKiB = bench.rssKiB();
    await fleet.join(many, Math.min(rooms, many));
    await settle(bench);
    const rssKiB = bench.rssKiB();
    const span = bench.span([]);
    await Bun.sleep(bench.job.seconds * 1_000);
    const { serverShare, generatorShare } = span.end();
    return {
      metrics: {
        clients: many,
        rssKiBPerClient: (rssKiB - emptyKiB) / many,
        rssMiB: rssKiB / 1_024,
        emptyRssMiB: emptyKiB / 1_024,
        idleShare: serverShare,
      },
      problems: fleet.troubles(),
      notes: many < wanted ? [`${many} clients in place of ${wanted}: no more files may be open`] : [],
      generatorShare,
    };
  } finally {
    fleet.leave();
  }
}

/** Collectors need a while without work before they give anything back: with 10 s, the same run came to 12 or to 18 KiB. And what is free goes back to the system only after a few times half a minute: with 50 s it was 15 KiB. */
async function settle(bench: Bench): Promise<void> {
  await bench.calm();
  await Bun.sleep(settleSpans * bench.job.seconds * 1_000);
  await bench.calm();
}
