/** What the workloads of several nodes stand on: who observes where, which way a command went, and what is compared with what. Real runs of them are too slow for a test. */
import { expect, test } from "bun:test";
import { dialect as quorate } from "./dialects/quorate.ts";
import { readOptions } from "./harness/options.ts";
import type { RunRecord } from "./harness/records.ts";
import { Bench } from "./load/bench.ts";
import { Fleet } from "./load/fleet.ts";
import type { Job } from "./load/job.ts";
import { ratios } from "./report/summary.ts";
import { workloads } from "./workloads/index.ts";
import { Sends } from "./workloads/nodes/sends.ts";

test("observers sit on all nodes, and a command's mark tells whether it came from another one", async () => {
  const owner = { pid: 1, port: 10, statsPort: undefined };
  const fleet = new Fleet(new Bench({ nodes: [owner, { ...owner, port: 11 }] } as unknown as Job, quorate));
  for (let i = 0; i < 4; i++) await fleet.make(0);
  expect(fleet.clients.map(({ place }) => place.port)).toEqual([10, 11, 10, 11]);
  expect(fleet.readers.map(({ client }) => client.place.port)).toEqual([10, 11]);
  const [, , atOwner] = fleet.clients;
  const sends = new Sends();
  if (atOwner !== undefined) sends.send(atOwner, 5, "here");
  const at = (reader: number, unseen = 0) => {
    fleet.readers[reader]?.observer.read({ ops: [{ stream: 0, n: 1, mark: 5 }] });
    const { ownerP50Ms, p50Ms } = sends.latencies(fleet, { startMs: 0, endMs: 10 }, unseen);
    return [ownerP50Ms, p50Ms].map((ms) => (Number.isNaN(ms) ? "none" : Number.isFinite(ms) ? "some" : "never"));
  };
  expect(at(0)).toEqual(["some", "none"]);
  expect(at(0, 1)).toEqual(["some", "never"]);
  expect(at(1)).toEqual(["some", "some"]);
});

test("a multiple may be of another server than Quorate alone, and of a metric that the other has under another name", () => {
  const watch = workloads.find(({ name }) => name === "N-watch");
  if (watch === undefined) throw new Error("there is no N-watch");
  const record = (server: string, metrics: Record<string, number>): RunRecord => ({
    workload: watch.name,
    server,
    round: 1,
    verdict: "complete",
    metrics,
    problems: [],
    notes: [],
  });
  const found = ratios(watch, [record("quorate-nats-3", { ownerUsPerOp: 6 }), record("quorate:1000", { usPerOp: 4 })]);
  expect(found.filter(({ ratio }) => !Number.isNaN(ratio))).toEqual([
    { title: "CPU per op at the owner", of: "quorate-nats-3", against: "quorate:1000", ratio: 1.5 },
  ]);
});

test("N on the command line is all workloads of several nodes", () => {
  expect(readOptions(["N"]).workloads.map(({ name }) => name)).toEqual(["N-watch", "N-log", "N-follow"]);
  expect(() => readOptions(["N-"])).toThrow("no workload");
});
