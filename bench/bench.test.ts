/** The parts that a figure stands on: what a client counts, what the observer takes for complete, what makes a run void. And one run, small and real. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import manifest from "../package.json";
import { eventually } from "../test/support/eventually.ts";
import { numberAfter } from "./dialects/number-after.ts";
import { dialect as quorate } from "./dialects/quorate.ts";
import { memory } from "./harness/processes.ts";
import { type RunRecord, verdictOf } from "./harness/records.ts";
import { run } from "./harness/run.ts";
import { Observer } from "./load/observer.ts";
import { encodeFrame, upgradeEnd } from "./load/outgoing.ts";
import { sendQueues } from "./load/process-use.ts";
import { median, percentile } from "./load/statistics.ts";
import { FrameWalker } from "./load/walker.ts";
import { ratios, serverSummaries } from "./report/summary.ts";
import { barChart } from "./report/svg.ts";
import { bounds, judge } from "./short/bounds.ts";
import { workloads } from "./workloads/index.ts";

interface Part {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Uint8Array;
}

/** As servers send: not masked, a length of 7, 16 or 64 bits. */
function serverFrame({ opcode, isFinal, payload }: Part): Uint8Array {
  const { length } = payload;
  const first = (isFinal ? 0x80 : 0) | opcode;
  const wide = new DataView(new ArrayBuffer(8));
  wide.setBigUint64(0, BigInt(length));
  const header =
    length < 126
      ? [first, length]
      : length < 65_536
        ? [first, 126, length >> 8, length & 0xff]
        : [first, 127, ...new Uint8Array(wide.buffer)];
  return Uint8Array.from([...header, ...payload]);
}

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(125, 126, 127, 300, 65_535, 65_536, 70_000).map((length) => new Uint8Array(length).fill(length % 251)),
);
const messages = fc.array(
  fc.record({
    opcode: fc.constantFrom(1, 2),
    fragments: fc.array(payloads, { minLength: 1, maxLength: 3 }),
    ping: fc.option(fc.uint8Array({ maxLength: 125 })),
  }),
  { maxLength: 5 },
);

function heard(chunks: readonly Uint8Array[], keepMax: number): string[] {
  const log: string[] = [];
  const walker = new FrameWalker(
    {
      message: (opcode, bytes, start, kept, length) =>
        log.push(`${opcode} ${length} ${Bun.hash(bytes.slice(start, start + Math.min(kept, 64)))}`),
    },
    keepMax,
  );
  for (const chunk of chunks) walker.feed(chunk);
  return log;
}

test("[RFC 6455 5.2] however the bytes are cut, the walker finds the same messages", () => {
  fc.assert(
    fc.property(
      messages,
      fc.array(fc.nat(200_000), { maxLength: 12 }),
      fc.constantFrom(64, Number.POSITIVE_INFINITY),
      (sent, cuts, keepMax) => {
        const parts = sent.flatMap(({ opcode, fragments, ping }) =>
          fragments.flatMap((payload, i): Part[] => [
            { opcode: i === 0 ? opcode : 0, isFinal: i === fragments.length - 1, payload },
            ...(ping === null ? [] : [{ opcode: 9, isFinal: true, payload: ping }]), // control frames may come in between
          ]),
        );
        const stream = Uint8Array.from(parts.flatMap((part) => [...serverFrame(part)]));
        const at = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b), stream.length];
        const chunks = at.slice(1).map((end, i) => stream.subarray(at[i], end));
        const found = heard(chunks, keepMax);
        expect(found).toEqual(heard([stream], keepMax));
        expect(found.filter((line) => !line.startsWith("9 ")).map((line) => Number(line.split(" ")[1]))).toEqual(
          sent.map(({ fragments }) => fragments.reduce((sum, { length }) => sum + length, 0)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test("[RFC 6455 5.1] a masked frame of a server is refused", () => {
  expect(() => heard([encodeFrame(1, new Uint8Array(3))], 64)).toThrow("mask");
});

test("an answer that is no upgrade is told", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(upgradeEnd(bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade"))).toBe(-1);
  expect(upgradeEnd(bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81"))).toBe(36);
  expect(() => upgradeEnd(bytes("HTTP/1.1 429 Too Many Requests\r\n\r\n"))).toThrow("429");
});

test("[PING-1] the rev is found among a delta's first bytes, and nowhere else", () => {
  const at = (text: string, kept = text.length) => numberAfter('"to":', new TextEncoder().encode(`..${text}`), 2, kept);
  expect(at('{"type":"delta","payload":{"from":41,"to":42,"at":1')).toBe(42);
  expect(at('{"type":"delta","payload":{"from":41,"to":42')).toBeUndefined(); // it may go on
  expect(at('{"type":"pong","payload":{"rev":42}}')).toBeUndefined();
});

test("servers are measured with the allocator's settings that are shipped", async () => {
  const files = ["Dockerfile", "deploy/quorate.service", "docs/deploy.md"].map((file) => Bun.file(`${import.meta.dir}/../${file}`).text());
  const { server, cluster } = manifest.scripts;
  for (const text of [server, cluster, ...(await Promise.all(files))])
    for (const [name, value] of Object.entries(memory)) expect(text).toContain(`${name}=${value}`);
});

test("medians and percentiles", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN]);
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1), percentile([], 0.5)]).toEqual([
    50,
    99,
    100,
    Number.NaN,
  ]);
});

const delta = (from: number, ops: number) =>
  new TextEncoder().encode(
    JSON.stringify({
      type: "delta",
      payload: { from, to: from + ops, at: 1, ops: Array.from({ length: ops }, () => [1, 1, { type: "status", mark: 5 }]) },
    }),
  );

test("[L1] the observer sees a stream without gaps as complete, and measures from the mark", async () => {
  const speaker = await quorate.speaker({ index: 0, room: 0, port: 0 });
  const observer = new Observer({ now: () => 12 });
  for (const [from, ops] of [
    [7, 1],
    [8, 3],
    [11, 1],
  ] as const)
    observer.read(speaker.read(delta(from, ops)));
  expect(observer.problem).toBeUndefined();
  expect(observer.commands).toBe(5);
  expect(observer.latencies(0, 10)).toEqual([7, 7, 7, 7, 7]);
  expect(observer.latencies(6, 10)).toEqual([]);
});

test("[L1] a canary: a rev that is missing, repeated, or replaced by a snapshot is a problem", async () => {
  const speaker = await quorate.speaker({ index: 0, room: 0, port: 0 });
  const problem = (...deltas: readonly (readonly [from: number, ops: number])[]) => {
    const observer = new Observer({ now: () => 0 });
    for (const [from, ops] of deltas) observer.read(speaker.read(delta(from, ops)));
    return observer.problem?.message;
  };
  expect(problem([7, 2], [10, 1])).toBe("after 9 came 11: 1 are missing");
  expect(problem([7, 2], [8, 1])).toBe("9 came again, or too late: 9 was there already");
  const observer = new Observer({ now: () => 0 });
  observer.read({ ops: [], snapshot: 3 });
  observer.read({ ops: [{ stream: 0, n: 4, mark: 1 }] });
  observer.read({ ops: [], snapshot: 9 });
  expect(observer.problem?.message).toContain("whole state");
});

test("a server that skips on purpose may skip, and not go back", () => {
  const observer = new Observer({ now: () => 0, skips: true });
  for (const n of [1, 2, 5]) observer.read({ ops: [{ stream: 3, n, mark: 0 }] });
  expect([observer.skipped, observer.problem]).toEqual([2, undefined]);
  observer.read({ ops: [{ stream: 3, n: 4, mark: 0 }] });
  expect(observer.problem).toBeDefined();
});

test("a run is void when the load had no time to spare, whatever else went wrong", () => {
  expect(verdictOf({ generatorShare: 0.95, problems: [] })).toBe("complete");
  expect(verdictOf({ generatorShare: 0.951, problems: ["a gap"] })).toBe("void");
  expect(verdictOf({ generatorShare: Number.NaN, problems: [] })).toBe("void");
  expect(verdictOf({ generatorShare: 0.5, problems: ["a gap"], isOverloaded: true })).toBe("failed");
  expect(verdictOf({ generatorShare: 0.5, problems: [], isOverloaded: true })).toBe("overloaded");
});

const record = (server: string, round: number, usPerOp: number, verdict: RunRecord["verdict"] = "complete"): RunRecord => ({
  workload: "F1",
  server,
  round,
  verdict,
  metrics: { usPerOp },
  problems: [],
  notes: [],
});

test("what is void or failed is in no median and no ratio; ratios are made within a round", () => {
  const [f1] = workloads;
  if (f1 === undefined) throw new Error("there are no workloads");
  const records = [
    record("quorate", 1, 10),
    record("bare", 1, 5),
    record("quorate", 2, 30),
    record("bare", 2, 10),
    record("quorate", 3, 1_000, "void"),
    record("bare", 3, 1, "failed"),
  ];
  expect(serverSummaries(f1, records).map(({ server, complete, medians }) => [server, complete, medians["usPerOp"]])).toEqual([
    ["quorate", 2, 20],
    ["bare", 2, 7.5],
  ]);
  expect(ratios(f1, records)[0]).toEqual({ title: "CPU per op", of: "quorate", against: "bare", ratio: 2.5 });
});

test("the chart is well-formed, and its longest bar fits", () => {
  const svg = barChart(
    "A & B",
    [
      {
        title: "<F1>",
        bars: [
          { label: "quorate", value: 2 },
          { label: "ws", value: 4 },
        ],
      },
    ],
    2,
  );
  expect(svg).toContain("<title>A &amp; B</title>");
  expect([...svg.matchAll(/<rect x="130"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width))).toEqual([280, 560]);
});

test("[L1] a second of F1 with 10 clients on the real server is complete", async () => {
  const [f1] = workloads;
  if (f1 === undefined) throw new Error("there are no workloads");
  const { verdict, problems, metrics } = await run(f1, "quorate", 1, { seconds: 0.5, warmUpSeconds: 0.1, shrink: 20 }, undefined);
  expect({ verdict, problems, missing: metrics["missing"] }).toEqual({ verdict: "complete", problems: [], missing: 0 });
  expect(metrics["opsPerSecond"]).toBeGreaterThan(100);
}, 30_000);

test("the short form fails on what is too dear, too late, or not there", () => {
  const record = (workload: string, metrics: Record<string, number>, verdict: RunRecord["verdict"] = "complete"): RunRecord => ({
    workload,
    server: "quorate",
    round: 1,
    verdict,
    metrics,
    problems: [],
    notes: [],
  });
  const good = { usPerOp: 2, p99Ms: 50, bytesPerOp: 62 };
  const control = record("F2", { usPerOp: 0.6 });
  const slowControl = record("F2", { usPerOp: 60 }, "overloaded");
  const broken = (metrics: Record<string, number>, verdict?: RunRecord["verdict"]) =>
    judge(record("F2", metrics, verdict), control)
      .filter(({ holds }) => !holds)
      .map(({ bound }) => bound.what);
  const all = bounds.filter(({ workload }) => workload === "F2").map(({ what }) => what);
  expect(broken(good)).toEqual([]);
  expect(broken({ ...good, usPerOp: 3 })).toEqual(["CPU per op, × the server by hand (50 ms)"]);
  expect(broken({ ...good, p99Ms: Number.POSITIVE_INFINITY })).toEqual(["p99, ms"]);
  expect(broken({ ...good, bytesPerOp: 104 })).toEqual(["bytes per op"]);
  expect(broken({})).toEqual(all);
  expect(broken(good, "failed")).toEqual(all);
  expect(broken(good, "overloaded")).toEqual(all);
  expect(judge(record("F2", { ...good, usPerOp: 20 }), slowControl).filter(({ holds }) => !holds)).toHaveLength(1);
  expect(judge(record("F3", { usPerOp: 5 }), undefined).every(({ holds }) => !holds)).toBe(true);
});

test("what the kernel keeps for a peer that does not read is seen, and nothing for one that does", async () => {
  const accepted: Bun.Socket[] = [];
  const socket = { open: (one: Bun.Socket) => void accepted.push(one), data: () => undefined };
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
  const connect = () => Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data: () => undefined } });
  const still = await connect();
  still.pause();
  const reading = await connect();
  await eventually(() => accepted.length === 2, "both");
  const much = new Uint8Array(16_000_000); // more than any kernel takes for one who does not read
  for (const one of accepted) one.write(much);
  await eventually(() => sendQueues(server.port).filter((bytes) => bytes > 0).length === 1, "one that has taken all it was given");
  expect(Math.max(...sendQueues(server.port))).toBeWithin(10_000, much.length);
  for (const one of [still, reading]) one.end();
});
