/** Several nodes that serve the same rooms, and three nats-servers behind them, all of it fresh. From: run.ts. To: processes.ts, scripts/nats/. */
import { NatsCluster } from "../../scripts/nats/nats-cluster.ts";
import type { ServerProcess } from "../load/job.ts";
import { type RunningServer, startProcess } from "./processes.ts";
import type { ServerSpec } from "./servers.ts";

/** On any core: there are more processes than most machines have of those. Throws if there is no nats-server to be had, or a node does not start. */
export async function startNodes(spec: ServerSpec, count: number): Promise<RunningServer> {
  const nats = await NatsCluster.start();
  const command = [...spec.command, "--nats", nats.addresses.join(",")];
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.map((one) => one()));
    await nats[Symbol.asyncDispose](); // while there are nodes, they want their journal
  };
  const start = async (): Promise<ServerProcess> => {
    const started = await startProcess({ ...spec, command }, "any");
    stops.push(started.stop);
    return started.node;
  };
  try {
    const first = await start(); // it makes the streams
    const nodes: [ServerProcess, ...ServerProcess[]] = [first];
    while (nodes.length < count) nodes.push(await start());
    return { nodes, natsPids: nats.servers.flatMap(({ pid }) => pid ?? []), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
