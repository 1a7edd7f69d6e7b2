/** A closed loop, unlike ../warm-up.ts: how much several nodes on one machine can take is not known before. From: watch.ts, follow.ts. */
import type { Bench } from "../../load/bench.ts";
import type { Fleet } from "../../load/fleet.ts";
import { Pipeline } from "../pipeline.ts";
import { statusText } from "../texts.ts";

/** An observer on each node, and so many writers, are alone. The first node gets the room. */
export async function warmUpNodes(bench: Bench, fleet: Fleet, writers: number): Promise<void> {
  await fleet.join(1); // before anybody comes to another node
  await fleet.join(fleet.nodes.length - 1 + writers);
  const writing = fleet.clients.slice(fleet.readers.length);
  const pipeline = new Pipeline(fleet, Number.POSITIVE_INFINITY, (i) =>
    writing[i % writing.length]?.command(performance.now(), statusText(i)),
  );
  await Bun.sleep(bench.job.warmUpSeconds * 1_000);
  pipeline.stop();
  await fleet.observed();
}
