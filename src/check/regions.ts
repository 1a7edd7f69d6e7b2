/** One event, two regions: one takes it while the other's guard refuses it, and so what was refused happens by half. Told per op. */
import type { AnyStateNode } from "xstate";
import { isWithin, nodesOf } from "../room/nodes.ts";
import type { Report } from "./found.ts";
import type { Moment, Move } from "./moment.ts";
import { childrenOf, coreOf, handles, nameOf } from "./nodes.ts";
import type { Trial } from "./trial.ts";

/** Joins too: whoever is refused by one region must not come in by another. */
const isOffered = (type: string): boolean =>
  !type.startsWith("xstate.") && (!type.startsWith("participant.") || type === "participant.joined");

export class Regions {
  readonly #trial: Trial;
  readonly #report: Report;
  /** Parallel states in which several regions handle the event. */
  readonly #shared = new Map<string, readonly AnyStateNode[]>();

  constructor(trial: Trial, report: Report) {
    this.#trial = trial;
    this.#report = report;
  }

  on(moment: Moment, move: Move): void {
    const { type } = move.op.event;
    const parallels = isOffered(type) ? this.#sharing(type) : [];
    if (parallels.length === 0) return;
    const active = moment.state.snapshot._nodes as readonly AnyStateNode[];
    const sources = this.#trial.selected(moment, move).map(({ source }) => source);
    for (const parallel of parallels) {
      const regions = childrenOf(parallel).filter((region) => active.some((node) => isWithin(node, region) && handles(node, type)));
      const takes = (region: AnyStateNode) => sources.some((source) => isWithin(source, region));
      const [taker, refuser] = [regions.find(takes), regions.find((region) => !takes(region))];
      if (taker === undefined || refuser === undefined || this.#isToldByStructure(taker)) continue;
      this.#report({
        code: "regions-disagree",
        subject: `${type} ${nameOf(taker)} ${nameOf(refuser)}`,
        text: `'${type}' is taken by the region '${nameOf(taker)}' while '${nameOf(refuser)}' refuses it`,
        where: nameOf(parallel),
        at: { moment, move },
      });
    }
  }

  /** That an app handles the meeting's own commands is a finding of its own. */
  #isToldByStructure(taker: AnyStateNode): boolean {
    return taker.key === "app" && coreOf(this.#trial.machine).length > 0;
  }

  #sharing(type: string): readonly AnyStateNode[] {
    let parallels = this.#shared.get(type);
    if (parallels === undefined) {
      const isShared = (node: AnyStateNode) =>
        node.type === "parallel" && childrenOf(node).filter((region) => nodesOf(region).some((inner) => handles(inner, type))).length > 1;
      parallels = nodesOf(this.#trial.machine.root).filter(isShared);
      this.#shared.set(type, parallels);
    }
    return parallels;
  }
}
