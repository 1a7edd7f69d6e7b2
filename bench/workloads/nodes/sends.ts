/** Where each command was sent, so that its way can be told from its mark: to the node where an observer is, or to another. From: watch.ts, follow.ts. */
import type { Measured } from "../../load/bench.ts";
import type { Client } from "../../load/client.ts";
import type { Fleet } from "../../load/fleet.ts";
import { percentile } from "../../load/statistics.ts";
import type { Column } from "../workload.ts";

interface Sent {
  /** Each node has its own. */
  readonly port: number;
  readonly lateMs: number;
}

export const latencyColumns: readonly Column[] = [
  { key: "ownerP50Ms", title: "p50 ms, both at the owner", digits: 1 },
  { key: "ownerP99Ms", title: "p99 ms", digits: 1 },
  { key: "p50Ms", title: "p50 ms, to another node", digits: 1 },
  { key: "p99Ms", title: "p99 ms", digits: 1 },
  { key: "sentLateP99Ms", title: "of which the load's p99", digits: 1 },
];

export class Sends {
  /** By mark, which is when it was due. */
  readonly #sent = new Map<number, Sent>();

  send(client: Client, dueMs: number, text: string): void {
    this.#sent.set(dueMs, { port: client.place.port, lateMs: performance.now() - dueMs });
    client.command(dueMs, text);
  }

  /** Of commands that were due in the span. `unseen`: so many never came, and are late without end. */
  latencies({ nodes, readers }: Fleet, { startMs, endMs }: Pick<Measured, "startMs" | "endMs">, unseen: number) {
    const own: number[] = [];
    const across: number[] = [];
    for (const { client, observer } of readers) {
      for (const { mark, latencyMs } of observer.samples) {
        const from = this.#sent.get(mark)?.port;
        if (from === undefined || mark < startMs || mark >= endMs) continue;
        if (from !== client.place.port) across.push(latencyMs);
        else if (from === nodes[0]?.port) own.push(latencyMs);
      }
    }
    (nodes.length > 1 ? across : own).push(...Array<number>(unseen).fill(Number.POSITIVE_INFINITY));
    const late = [...this.#sent].flatMap(([mark, { lateMs }]) => (mark >= startMs && mark < endMs ? [lateMs] : []));
    return {
      ownerP50Ms: percentile(own, 0.5),
      ownerP99Ms: percentile(own, 0.99),
      p50Ms: percentile(across, 0.5),
      p99Ms: percentile(across, 0.99),
      sentLateP99Ms: percentile(late, 0.99),
    };
  }
}
