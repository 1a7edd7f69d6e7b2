/** What the demo has to show, decided from what was observed and nothing else. From: main.ts. Each verdict has a canary in demo.test.ts. */
import type { Op } from "../../src/room/op.ts";
import { type Told, wrongFates } from "../support/read-journal.ts";

export interface Observed {
  /** The state of each client that is present at the end, as text; so are `served` (by the server) and `replayed` (from the journal), all at one rev. */
  readonly states: readonly string[];
  readonly served: string;
  readonly replayed: string;
  /** The whole journal. */
  readonly ops: readonly Op[];
  readonly senders: readonly Told[];
  /** Deltas that did not follow the rev of their client. */
  readonly gaps: number;
  /** What clients had to heal, for people. */
  readonly troubles: readonly string[];
  /** Commands that were sent again and told another fate than the first time, for people. */
  readonly toldOtherwise: readonly string[];
  readonly alarms: readonly unknown[];
  readonly exitCode: number;
  /** What the run was to put to the test, and whether it came about. */
  readonly scenes: Readonly<Record<string, boolean>>;
}

/** No problem: it is so. */
export type Verdict = readonly [what: string, problem: string | undefined];

export function verdicts(observed: Observed): readonly Verdict[] {
  const { states, served, replayed, ops, senders, gaps, troubles, toldOtherwise, alarms, exitCode, scenes } = observed;
  const different = new Set(states).size;
  const jump = ops.find(({ rev }, i) => rev !== i + 1);
  const unlike = (state: string) => states.filter((other) => other !== state).length;
  const missing = Object.keys(scenes).filter((scene) => !scenes[scene]);
  return [
    ["all clients have the same state", different === 1 ? undefined : `${different} different ones`],
    ["it is the server's state", problems(unlike(served), "clients have another")],
    ["it is what the journal's replay gives (L7)", problems(unlike(replayed), "clients have another")],
    ["revs are gapless (L1)", jump === undefined ? undefined : `rev ${jump.rev} is in place ${ops.indexOf(jump) + 1}`],
    ["every command is in the journal as its client was told, and once (L2, L4)", some(wrongFates(ops, senders))],
    ["each client's commands are in the journal in its order, none twice (L2, L5)", some(outOfOrder(ops))],
    ["a command that is sent again is told its old fate (L2, L10)", some(toldOtherwise)],
    ["no client saw a gap (L6)", problems(gaps, "gaps")],
    ["no client had anything to heal", some(troubles)],
    [
      "the journal is undamaged, the server drained",
      alarms.length === 0 && exitCode === 0 ? undefined : `${JSON.stringify(alarms)}, exit code ${exitCode}`,
    ],
    ["the run put all this to the test", missing.length === 0 ? undefined : `it did not come about that ${missing.join("; that ")}`],
  ];
}

/** Also of commands whose client never heard of a fate. */
function outOfOrder(ops: readonly Op[]): string[] {
  const last = new Map<string, number>();
  return ops.flatMap(({ seq, by: { user, client } }) => {
    if (seq === 0) return [];
    const before = last.get(`${user} ${client}`) ?? 0;
    last.set(`${user} ${client}`, seq);
    return seq > before ? [] : [`${client} ${seq} comes after ${before}`];
  });
}

const problems = (count: number, what: string) => (count === 0 ? undefined : `${count} ${what}`);
const some = (list: readonly string[]) => (list.length === 0 ? undefined : list.slice(0, 3).join("; "));
