/** What a soak has to show, decided from what was observed and nothing else. From: main.ts. Each verdict has a canary in soak.test.ts. */
import type { Heap, Vitals } from "./vitals.ts";

/** At rest: nobody there, no room, no garbage. */
export interface Rest {
  readonly vitals: Vitals;
  readonly heap: Heap;
  /** Of one core, in percent, over a few seconds. */
  readonly idleCpu: number;
}

export interface Observed {
  /** After the warm-up, which is the same load. */
  readonly before: Rest;
  readonly after: Rest;
  /** Lines of the server's stderr that are no figures. */
  readonly alarms: readonly string[];
  /** What clients met, for people. */
  readonly troubles: readonly string[];
  /** Per hall: how many different states its people had, at one rev. */
  readonly states: readonly number[];
  /** Per hall: the journal's replay gave another state, or another fate than a client was told. */
  readonly wrong: readonly string[];
  readonly exitCode: number;
  /** What the run was to put to the test, and how often it came about. */
  readonly done: Readonly<Record<string, number>>;
}

/** The allocator keeps pages of its peak. Measured at rest: 75 MiB after six seconds of load, 89 to 94 after a minute, 98 after ten. */
export const residentGrowthMiBMax = 40;
/** Without garbage. What may stay: code that was compiled meanwhile, and statistics; measured, 0.2 to 0.5 MiB. */
export const heapGrowthMiBMax = 3;
export const objectsGrowthMax = 10_000;
const timersGrowthMax = 10;
const idleCpuMax = 5;

/** No problem: it is so. */
export type Verdict = readonly [what: string, figure: string, problem: string | undefined];

export function verdicts({ before, after, alarms, troubles, states, wrong, exitCode, done }: Observed): readonly Verdict[] {
  const compared = (what: string, pick: (rest: Rest) => number, growthMax: number, unit = ""): Verdict => {
    const [from, to] = [pick(before), pick(after)];
    const shown = (n: number) => (Number.isInteger(n) ? String(n) : n.toFixed(1)) + unit;
    return [what, `${shown(from)} → ${shown(to)}`, to - from <= growthMax ? undefined : `may grow by ${shown(growthMax)}`];
  };
  const none = (what: string, n: number): Verdict => [what, String(n), n === 0 ? undefined : `${n} are left`];
  const quiet = (what: string, list: readonly string[]): Verdict => [
    what,
    String(list.length),
    list.length === 0 ? undefined : list.slice(0, 3).join("; "),
  ];
  const missing = Object.keys(done).filter((scene) => done[scene] === 0);
  return [
    none("no connection is left (L14)", after.vitals.connections),
    none("no room, and so no session, is left (L14)", after.vitals.rooms),
    compared("resident memory (L11)", ({ vitals }) => vitals.residentMiB, residentGrowthMiBMax, " MiB"),
    compared("heap without garbage (L11)", ({ heap }) => heap.mebibytes, heapGrowthMiBMax, " MiB"),
    compared("objects in it", ({ heap }) => heap.objects, objectsGrowthMax),
    compared("timers in it", ({ heap }) => heap.timers, timersGrowthMax),
    compared("open files", ({ vitals }) => vitals.files, 0),
    ["idle CPU", `${after.idleCpu.toFixed(1)} %`, after.idleCpu <= idleCpuMax ? undefined : `may be ${idleCpuMax} %`],
    ["all in one hall have the same state (L14)", states.join(" "), states.every((n) => n === 1) ? undefined : "different ones"],
    quiet("the journal has what clients were told, and their state (L2, L4, L7)", wrong),
    quiet("no client met trouble", troubles),
    quiet("no alarms", alarms),
    ["the server drained", String(exitCode), exitCode === 0 ? undefined : "not 0"],
    [
      "the run put all this to the test",
      `${Object.keys(done).length} kinds`,
      missing.length === 0 ? undefined : `no ${missing.join(", no ")}`,
    ],
  ];
}
