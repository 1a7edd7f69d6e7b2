/** Everything that is looked at while exploring, in one place. From: explore.ts. To: check-machine.ts. */
import type { AnyStateNode } from "xstate";
import { nodesOf } from "../room/nodes.ts";
import { AlwaysGuards } from "./always.ts";
import { Endings } from "./endings.ts";
import type { Visitor } from "./explore.ts";
import type { Report } from "./found.ts";
import { leavesOf, type Moment, type Move, valueText } from "./moment.ts";
import type { CommandTry } from "./moves.ts";
import { childrenOf, handles, pathOf } from "./nodes.ts";
import { Regions } from "./regions.ts";
import { Table, type TableRow } from "./table.ts";
import type { Trial } from "./trial.ts";
import { type ViewOptions, Views } from "./views.ts";

/** What gives findings that a way leads to. */
export class Lookout {
  readonly #always: AlwaysGuards;
  readonly #regions: Regions;
  readonly #views: Views;

  constructor(trial: Trial, report: Report, options: ViewOptions) {
    this.#always = new AlwaysGuards(trial, report);
    this.#regions = new Regions(trial, report);
    this.#views = new Views(trial, report, options);
  }

  at(moment: Moment): void {
    this.#always.at(moment);
    this.#views.at(moment);
  }

  on(moment: Moment, move: Move): void {
    this.#regions.on(moment, move);
  }
}

export class Survey implements Visitor {
  readonly endings: Endings;
  readonly #table = new Table();
  /** `phase.lobby meeting.start phase.live`: what was seen to move. */
  readonly moved = new Set<string>();
  readonly #ways = new Set<string>();
  readonly #trial: Trial;
  readonly #lookout: Lookout;
  /** Of the moment that is being explored. */
  #tries: { readonly type: string; readonly payload: string; readonly role: string; readonly reason: string | undefined }[] = [];

  constructor(trial: Trial, lookout: Lookout) {
    this.#trial = trial;
    this.#lookout = lookout;
    this.endings = new Endings(trial.room, trial);
  }

  isMissing(): boolean {
    return this.endings.findings().length > 0;
  }

  /** The table of all commands. */
  rows(): readonly TableRow[] {
    const { root } = this.#trial.machine;
    const regions = root.type === "parallel" ? childrenOf(root) : [root];
    return Object.keys(this.#trial.room.commands).flatMap((command) => {
      // The region that handles it has the first word.
      const isHandler = (region: AnyStateNode) => nodesOf(region).some((node) => handles(node, command));
      const ordered = [...regions.filter(isHandler), ...regions.filter((region) => !isHandler(region))];
      return this.#table.rows(command, ordered.map(leavesBelow));
    });
  }

  moment(moment: Moment): void {
    this.endings.moment(moment);
    this.#lookout.at(moment);
  }

  refused(moment: Moment, { move }: CommandTry): void {
    this.#tell(moment, move, this.#trial.reason(moment, move));
  }

  noEffect(moment: Moment, { move }: CommandTry): void {
    this.#tell(moment, move, this.#trial.reason(moment, move));
  }

  threw(moment: Moment, { move }: CommandTry): void {
    this.endings.threw(move.op.event.type);
    this.#tell(moment, move, "The room failed on this; nothing changed.");
  }

  taken(moment: Moment, move: Move, after: Moment): void {
    this.endings.taken(moment, move, after);
    this.#lookout.on(moment, move);
    this.#noteMove(moment, move, after);
    if (move.op.seq > 0) this.#note(moment, move, undefined);
  }

  done(moment: Moment): void {
    this.endings.done(moment);
    this.#stress(moment);
    this.#tries = [];
  }

  #noteMove(moment: Moment, { op }: Move, after: Moment): void {
    const way = `${valueText(moment)} ${op.event.type} ${valueText(after)}`;
    if (this.#ways.has(way)) return;
    this.#ways.add(way);
    for (const from of leavesOf(moment)) for (const to of leavesOf(after)) this.moved.add(`${from} ${op.event.type} ${to}`);
  }

  #tell(moment: Moment, move: Move, reason: string): void {
    if (moment.here.get(move.op.by.user) !== "removed") this.#note(moment, move, reason);
    this.endings.refused(move.op.event.type, reason);
  }

  #note(moment: Moment, { op: { event, by } }: Move, reason: string | undefined): void {
    this.#table.note(moment, event.type, by.role, reason);
    this.#tries.push({ type: event.type, payload: JSON.stringify(event), role: by.role, reason });
  }

  /** What one role may do and another may not: with the same payload, or else with any. */
  #stress(moment: Moment): void {
    const accepted = this.#tries.filter(({ reason }) => reason === undefined);
    const types = new Set(accepted.map(({ type }) => type));
    const payloads = new Set(accepted.map(({ payload }) => payload));
    const refused = this.#tries.filter(({ type, reason }) => types.has(type) && reason !== undefined);
    const same = refused.filter(({ payload }) => payloads.has(payload));
    const told = new Set(same.map(({ type, role }) => `${type} ${role}`));
    for (const { type, role, reason } of [...same, ...refused.filter((each) => !told.has(`${each.type} ${each.role}`))])
      this.#table.stress(moment, type, role, reason ?? "");
  }
}

const leavesBelow = (node: AnyStateNode): readonly string[] =>
  nodesOf(node)
    .filter((inner) => childrenOf(inner).length === 0 && inner.type !== "history")
    .map(pathOf);
