/** A measured span of several nodes: what each process used, what each observer was told, what each node tells of itself. From: watch.ts, log.ts, follow.ts. */
import type { Bench, Measured } from "../../load/bench.ts";
import type { Client } from "../../load/client.ts";
import type { Fleet } from "../../load/fleet.ts";
import type { ServerProcess } from "../../load/job.ts";

export interface NodesSpan extends Measured {
  /** Ops that each of the fleet's readers was told of. */
  readonly seen: readonly number[];
  /** Frames with ops that all clients of each node got. */
  readonly frames: readonly number[];
  /** By how much that counter of all nodes together grew in a second; NaN if none has it. Busy nodes answer late, so it is of a time of its own. */
  toldPerSecond(counter: string): number;
}

/** Sleeps through it. */
export async function nodesSpan(bench: Bench, fleet: Fleet): Promise<NodesSpan> {
  const { clients, readers, nodes } = fleet;
  const told = () => Promise.all(bench.job.nodes.map((node) => bench.stats(node)));
  const ops = () => readers.map(({ observer }) => observer.ops);
  const frames = () => nodes.map((node) => clientsOf(fleet, node).reduce((sum, { opsMessages }) => sum + opsMessages, 0));
  const toldBefore = await told();
  const toldFromMs = performance.now();
  const [opsBefore, framesBefore] = [ops(), frames()];
  const span = bench.span(clients);
  await Bun.sleep(bench.job.seconds * 1_000);
  const measured = span.end();
  const [seen, got] = [grown(ops(), opsBefore), grown(frames(), framesBefore)];
  const toldAfter = await told();
  const toldSeconds = (performance.now() - toldFromMs) / 1_000;
  const toldPerSecond = (counter: string) => (total(toldAfter, counter) - (total(toldBefore, counter) || 0)) / toldSeconds;
  return { ...measured, seen, frames: got, toldPerSecond };
}

export const clientsOf = ({ clients }: Fleet, { port }: ServerProcess): readonly Client[] =>
  clients.filter(({ place }) => place.port === port);

/** Alarms since the start. `oneRoom`: the first node was the first to come to it, so no other may have decided there. */
export async function nodeProblems(bench: Bench, { oneRoom }: { readonly oneRoom: boolean }): Promise<string[]> {
  const told = await Promise.all(bench.job.nodes.map((node) => bench.stats(node)));
  return told.flatMap(({ alarms = 0, ops = 0 }, i) => [
    ...(alarms > 0 ? [`node ${i + 1} raised ${alarms} alarms`] : []),
    ...(oneRoom && i > 0 && ops > 0 ? [`node ${i + 1} decided ${ops} ops: the room has moved`] : []),
  ]);
}

const grown = (now: readonly number[], before: readonly number[]): number[] => now.map((value, i) => value - (before[i] ?? 0));

type Counters = Readonly<Record<string, number>>;

function total(told: readonly Counters[], counter: string): number {
  const values = told.flatMap((counters) => counters[counter] ?? []);
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
