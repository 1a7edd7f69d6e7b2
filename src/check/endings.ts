/** What never happened while exploring: states without a way to them, commands that nobody could give, states without a way out. */
import type { AnyStateNode } from "xstate";
import type { AnyRoomType } from "../room/define-room.ts";
import { nodesOf } from "../room/nodes.ts";
import type { Finding } from "./finding.ts";
import type { Sighting } from "./found.ts";
import { type Moment, type Move, valueText } from "./moment.ts";
import { childrenOf, nameOf, targetsOf } from "./nodes.ts";
import type { Trial } from "./trial.ts";

/** A state value: what was seen in all the moments that have it. */
interface Place {
  readonly first: Moment;
  /** Commands, timers, services, or the end: somebody or something can go on. */
  alive: boolean;
  expanded: boolean;
  readonly leadsTo: Set<string>;
}

export class Endings {
  readonly #room: AnyRoomType;
  readonly #trial: Trial;
  readonly #reached = new Set<string>();
  readonly #accepted = new Map<string, Set<string>>();
  readonly #refusals = new Map<string, Map<string, number>>();
  readonly #failed = new Set<string>();
  readonly #places = new Map<string, Place>();

  constructor(room: AnyRoomType, trial: Trial) {
    this.#room = room;
    this.#trial = trial;
  }

  moment(moment: Moment): void {
    const { snapshot, timers } = moment.state;
    for (const { id } of snapshot._nodes as readonly AnyStateNode[]) this.#reached.add(id);
    if (moment.before === undefined) this.#begin(moment);
    const place = this.#placeOf(moment);
    if (snapshot.status !== "active" || timers.list().length > 0 || Object.keys(snapshot.children).length > 0) place.alive = true;
  }

  taken(moment: Moment, move: Move, after: Moment): void {
    for (const node of this.#trial.selected(moment, move).flatMap(targetsOf)) this.#passThrough(node, after);
    const place = this.#placeOf(moment);
    place.leadsTo.add(valueText(after));
    const { event, by } = move.op;
    if (!Object.hasOwn(this.#room.commands, event.type)) return;
    place.alive = true;
    const roles = this.#accepted.get(event.type) ?? new Set();
    this.#accepted.set(event.type, roles.add(by.role));
  }

  /** That is told as what it is. */
  threw(type: string): void {
    this.#failed.add(type);
  }

  refused(type: string, reason: string): void {
    const reasons = this.#refusals.get(type) ?? new Map<string, number>();
    this.#refusals.set(type, reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
  }

  done(moment: Moment): void {
    this.#placeOf(moment).expanded = true;
  }

  /** Roles per command, in the order of the schemas. */
  get accepted(): ReadonlyMap<string, readonly string[]> {
    return new Map(Object.keys(this.#room.commands).map((type) => [type, [...(this.#accepted.get(type) ?? [])]]));
  }

  findings(): readonly Finding[] {
    return [...this.#unreached(), ...this.#neverAccepted()];
  }

  deadEnds(): readonly Sighting[] {
    const alive = new Set([...this.#places].filter(([, place]) => place.alive || !place.expanded).map(([value]) => value));
    for (let before = -1; before < alive.size; ) {
      before = alive.size;
      for (const [value, { leadsTo }] of this.#places) if ([...leadsTo].some((next) => alive.has(next))) alive.add(value);
    }
    return [...this.#places]
      .filter(([value]) => !alive.has(value))
      .map(([value, { first }]) => ({
        code: "dead-end" as const,
        subject: value,
        text: "nobody can do anything here any more, and nothing is going on; if that is the end, make it final",
        where: value,
        at: { moment: first },
      }));
  }

  #unreached(): readonly Finding[] {
    const missed = nodesOf(this.#room.machine.root).filter((node) => node.type !== "history" && !this.#reached.has(node.id));
    // What lies inside of a state that is not reached needs no mention.
    return missed
      .filter((node) => node.parent === undefined || !missed.includes(node.parent))
      .map((node) => ({ code: "never-reached" as const, text: `nothing leads to the state '${nameOf(node)}'`, where: nameOf(node) }));
  }

  #neverAccepted(): readonly Finding[] {
    return Object.keys(this.#room.commands)
      .filter((type) => !this.#accepted.has(type) && !this.#failed.has(type))
      .map((type) => {
        const reasons = [...(this.#refusals.get(type) ?? [])].sort(([, a], [, b]) => b - a).map(([reason]) => reason);
        const why =
          reasons.length > 0
            ? `the usual refusals: ${reasons.slice(0, 3).join(" · ")}`
            : "no payload could be made up for it; give samples";
        return {
          code: "never-accepted" as const,
          text: `the command '${type}' is accepted in no state and from nobody; ${why}`,
          where: type,
        };
      });
  }

  #begin(moment: Moment): void {
    const { root } = this.#room.machine;
    const first = root.type === "parallel" ? childrenOf(root) : root.type === "compound" ? targetsOf(root.initial) : [];
    for (const node of first) this.#passThrough(node, moment);
  }

  /** A state that is left at once is in no snapshot: what a transition leads to was reached even so, and where it leads on to. */
  #passThrough(node: AnyStateNode, after: Moment): void {
    if (this.#reached.has(node.id) || (after.state.snapshot._nodes as readonly AnyStateNode[]).includes(node)) return;
    this.#reached.add(node.id);
    const inner = node.type === "parallel" ? childrenOf(node) : node.type === "compound" ? targetsOf(node.initial) : [];
    const next = (node.always ?? []).flatMap(targetsOf).filter(({ always = [] }) => always.length > 0);
    for (const passed of [...inner, ...next]) this.#passThrough(passed, after);
  }

  #placeOf(moment: Moment): Place {
    const value = valueText(moment);
    let place = this.#places.get(value);
    if (place === undefined) {
      place = { first: moment, alive: false, expanded: false, leadsTo: new Set() };
      this.#places.set(value, place);
    }
    return place;
  }
}
