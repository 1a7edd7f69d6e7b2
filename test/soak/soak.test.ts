import { describe, expect, test } from "bun:test";
import { heapGrowthMiBMax, type Observed, objectsGrowthMax, type Rest, residentGrowthMiBMax, verdicts } from "./verdicts.ts";

describe("each verdict of the soak can fail, and fails alone", () => {
  const cases: readonly (readonly [what: string, observed: Partial<Observed>])[] = [
    ["no connection is left (L14)", { after: changed({ connections: 1 }) }],
    ["no room, and so no session, is left (L14)", { after: changed({ rooms: 1 }) }],
    ["resident memory (L11)", { after: changed({ residentMiB: 100 + residentGrowthMiBMax + 1 }) }],
    ["heap without garbage (L11)", { after: changed({}, { mebibytes: 10 + heapGrowthMiBMax + 1 }) }],
    ["objects in it", { after: changed({}, { objects: 30_000 + objectsGrowthMax + 1 }) }],
    ["timers in it", { after: changed({}, { timers: 20 }) }],
    ["open files", { after: changed({ files: 13 }) }],
    ["idle CPU", { after: { ...changed({}), idleCpu: 30 } }],
    ["all in one hall have the same state (L14)", { states: [1, 2] }],
    ["the journal has what clients were told, and their state (L2, L4, L7)", { wrong: ["p1 1 was told accepted, the journal has 0"] }],
    ["no client met trouble", { troubles: ["p1: diverged"] }],
    ["no alarms", { alarms: ["{}"] }],
    ["the server drained", { exitCode: 1 }],
    ["the run put all this to the test", { done: { joins: 3, cuts: 0 } }],
  ];

  test("[L14] a good run has no problem, and every verdict has a canary", () => {
    expect(failing(good())).toEqual([]);
    expect(cases.map(([what]) => what)).toEqual(verdicts(good()).map(([what]) => what));
  });

  for (const [what, observed] of cases)
    test(`canary: ${what}`, () => {
      expect(failing({ ...good(), ...observed })).toEqual([what]);
    });
});

function changed(vitals: Partial<Rest["vitals"]>, heap: Partial<Rest["heap"]> = {}): Rest {
  return {
    vitals: { connections: 0, rooms: 0, residentMiB: 100, files: 12, cpuSeconds: 1, ...vitals },
    heap: { mebibytes: 10, objects: 30_000, timers: 3, ...heap },
    idleCpu: 1,
  };
}

const good = (): Observed => ({
  before: changed({}),
  after: changed({}),
  alarms: [],
  troubles: [],
  states: [1, 1],
  wrong: [],
  exitCode: 0,
  done: { joins: 3, cuts: 1 },
});

const failing = (observed: Observed): string[] => verdicts(observed).flatMap(([what, , problem]) => (problem === undefined ? [] : [what]));
