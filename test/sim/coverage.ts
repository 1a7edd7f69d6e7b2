/** No vacuous green: which faults, states and transitions a number of runs has seen, and which it should have. From: totals.ts. */
import { nameOf } from "../model/explore.ts";
import { keyOf, type MachineName, models } from "../model/models.ts";
import { callKinds } from "./disk.ts";
import { compounds, faultNames } from "./faults.ts";
import type { Totals } from "./totals.ts";

/** Fewer may miss what is rare. */
const seedsMin = 300;

/** What many runs should come to. */
export interface Expected {
  readonly faults: readonly string[];
  /** These are no step of their own: it counts that a plan had them. */
  readonly compounds: readonly string[];
  /** Kinds of faults beside their names, and what comes of them. */
  readonly kinds: readonly string[];
  /** Machine → what cannot happen, and why. If it does, it is no longer true. Not there: nothing is said of that machine. */
  readonly impossible: Readonly<Partial<Record<MachineName, Readonly<Record<string, string>>>>>;
}

export const ofOneServer: Expected = {
  faults: faultNames,
  compounds: Object.keys(compounds),
  kinds: ["kill.now", "killInDrain", ...callKinds.flatMap((kind) => [`kill.before.${kind}`, `kill.after.${kind}`])],
  impossible: {
    "client-sync": {},
    room: {
      "open · moved": "Only with other nodes, which test/cluster has.",
      "idle · moved": "Only with other nodes, which test/cluster has.",
      "idle · quarantine": "What sends it is a flush that throws while it tells sessions, and an idle room has none.",
    },
    connection: {},
  },
};

interface Row {
  readonly name: string;
  readonly times: number;
}

function faultRows({ fired, dealt }: Totals, { faults, compounds: together, kinds }: Expected): Row[] {
  const known = faults.map((name) => ({ name, times: (together.includes(name) ? dealt.get(name) : firedAs(fired, name)) ?? 0 }));
  const others = [...new Set([...kinds, ...fired.keys()])].filter((name) => !faults.includes(name));
  return [...known, ...others.map((name) => ({ name, times: fired.get(name) ?? 0 }))].sort((a, b) => a.name.localeCompare(b.name));
}

/** `kill` fires as `kill.now`, `kill.before.append` … */
function firedAs(fired: ReadonlyMap<string, number>, name: string): number {
  let times = fired.get(name) ?? 0;
  for (const [other, more] of fired) if (other.startsWith(`${name}.`)) times += more;
  return times;
}

/** What these runs lack, and what should not have happened. */
export function complaints(totals: Totals, expected = ofOneServer): string[] {
  const found: string[] = [];
  const mustHave = totals.seeds >= seedsMin;
  if (mustHave) for (const { name, times } of faultRows(totals, expected)) if (times === 0) found.push(`the fault ${name} never fired`);
  for (const [machine, { transitions }] of Object.entries(models)) {
    const reasons = expected.impossible[machine as MachineName];
    if (reasons === undefined) continue;
    const known = new Set(transitions.map((step) => keyOf(machine, step)));
    for (const step of transitions) {
      const name = nameOf(step);
      const times = totals.taken.get(keyOf(machine, step)) ?? 0;
      if (times === 0 && reasons[name] === undefined && mustHave) found.push(`${machine} never took ${name}`);
      if (times > 0 && reasons[name] !== undefined) found.push(`${machine} took ${name}, and was said not to: ${reasons[name]}`);
    }
    for (const key of totals.taken.keys())
      if (key.startsWith(`${machine}: `) && !known.has(key)) found.push(`its model does not know ${key}`);
    const names = new Set(transitions.map(nameOf));
    for (const name of Object.keys(reasons)) if (!names.has(name)) found.push(`${machine} has no ${name}`);
  }
  return found;
}

/** All counts; ✗ never happened, – cannot. A state's number is how often it was entered. */
export function table(totals: Totals, expected = ofOneServer): string {
  const rows = faultRows(totals, expected);
  const lines = [`faults: ${rows.filter(({ times }) => times > 0).length} of ${rows.length}`];
  lines.push(`  ${rows.map(({ name, times }) => cell(name, times)).join("  ")}`);
  for (const [machine, { states, transitions, initial }] of Object.entries(models)) {
    const times = new Map(transitions.map((step) => [step, totals.taken.get(keyOf(machine, step)) ?? 0]));
    const entered = (state: string) => transitions.filter(({ to }) => to === state).reduce((sum, step) => sum + (times.get(step) ?? 0), 0);
    const seen = states.filter((state) => state === initial || entered(state) > 0).length;
    const taken = [...times.values()].filter((n) => n > 0).length;
    lines.push(`${machine}: ${seen} of ${states.length} states, ${taken} of ${transitions.length} transitions`);
    for (const state of states) {
      const cells = transitions
        .filter(({ from }) => from === state)
        .map((step) => cell(step.event, times.get(step) ?? 0, expected.impossible[machine as MachineName]?.[nameOf(step)] !== undefined));
      lines.push(`  ${state === initial ? state : cell(state, entered(state))}: ${cells.join("  ") || "the end"}`);
    }
  }
  return lines.join("\n");
}

const cell = (name: string, times: number, cannot = false): string => `${name} ${times > 0 ? times : cannot ? "–" : "✗"}`;
