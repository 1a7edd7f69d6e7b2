/** Guards of eventless transitions that look at the event: they are asked again on every event, also on those that nobody handles. */
import type { AnyStateNode } from "xstate";
import { type GuardRef, judge } from "../room/guards.ts";
import { nodesOf } from "../room/nodes.ts";
import type { Report } from "./found.ts";
import type { Moment } from "./moment.ts";
import { nameOf } from "./nodes.ts";
import { reading } from "./reading.ts";
import type { Trial } from "./trial.ts";

/** A guard may look at the event in some states only. */
const momentsMax = 50;

export class AlwaysGuards {
  readonly #trial: Trial;
  readonly #report: Report;
  readonly #guards: readonly { readonly node: AnyStateNode; readonly guard: GuardRef; readonly name: string }[];
  #moments = 0;

  constructor(trial: Trial, report: Report) {
    this.#trial = trial;
    this.#report = report;
    const named = trial.machine.implementations.guards as Readonly<Record<string, GuardRef | undefined>>;
    this.#guards = nodesOf(trial.machine.root).flatMap((node) =>
      (node.always ?? []).flatMap((transition) =>
        transition.guard === undefined ? [] : leavesOf(transition.guard as GuardRef, named).map((leaf) => ({ node, ...leaf })),
      ),
    );
  }

  at(moment: Moment): void {
    if (this.#guards.length === 0 || this.#moments++ >= momentsMax) return;
    for (const { node, guard, name } of this.#guards) {
      const { event, read } = reading({ type: "", at: 0, id: "", by: { user: "", role: "", client: "" } });
      this.#trial.probeWith(() => judge(guard, moment.state.snapshot, event));
      if (read.size === 0) continue;
      const where = nameOf(node);
      const text = `the guard ${name} of an \`always\` reads the event; decide by the context, or in the transition that the event takes`;
      this.#report({ code: "always-reads-event", subject: `${name} ${where}`, text, where, at: undefined });
    }
  }
}

/** Each part is asked by itself: `and` would stop before some. */
function leavesOf(
  guard: GuardRef,
  named: Readonly<Record<string, GuardRef | undefined>>,
): readonly { readonly guard: GuardRef; readonly name: string }[] {
  const parts = typeof guard === "function" ? (guard.guards ?? []) : [];
  if (parts.length > 0) return parts.flatMap((part) => leavesOf(part, named));
  const name = typeof guard === "function" ? undefined : typeof guard === "string" ? guard : guard.type;
  const found = name === undefined ? undefined : named[name];
  if (typeof found === "function" && (found.guards ?? []).length > 0) return leavesOf(found, named);
  return [{ guard, name: name === undefined ? "without a name" : `'${name}'` }];
}
