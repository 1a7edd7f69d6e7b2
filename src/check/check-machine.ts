/**
 * `checkMachine`: goes through a room type's states and says what is wrong with it. For tests of apps, and for `bun run machines check`.
 * Synchronous, without a server, and the same in every run: bounded by counts, never by a clock.
 */
import type { AnyRoomType, CommandOf } from "../room/define-room.ts";
import { chartOf } from "./chart.ts";
import { type Bounds, type Explored, explore } from "./explore.ts";
import type { Finding } from "./finding.ts";
import { Found, findingOf, type Sighting } from "./found.ts";
import { type Move, movesTo, stepsOf, valueText } from "./moment.ts";
import { people } from "./people.ts";
import { retrace, shortened } from "./retrace.ts";
import { Sandbox } from "./sandbox.ts";
import { structureFindings } from "./structure.ts";
import { Lookout, Survey } from "./survey.ts";
import type { TableRow } from "./table.ts";
import { startAt, Trial } from "./trial.ts";

export interface CheckOptions<R extends AnyRoomType = AnyRoomType> {
  /** Commands to try besides those that are made up from the schemas. */
  readonly commands?: readonly CommandOf<R>[];
  /** What services give back, by the id of the invoke. Without it, what the machine reads of an output is guessed. */
  readonly outputs?: Readonly<Record<string, readonly unknown[]>>;
  /** Paths in the context that views hide, with the states in which they may show: `{ "app.votes.*": ["app.revealed"] }`. */
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  /** Paths in a view that may depend on what the view hides: a tally of secret votes. */
  readonly mayShow?: readonly string[];
  /** Default: 200 states, 80,000 tries; four times as many while something was never reached or accepted; 60 steps deep. */
  readonly bounds?: Partial<Bounds>;
}

export interface MachineReport {
  readonly type: string;
  readonly version: number;
  /** None is good. */
  readonly findings: readonly Finding[];
  readonly explored: Explored & { readonly people: readonly string[] };
  /** The roles that each command was accepted from; a command without any is a finding. */
  readonly acceptedFrom: Readonly<Record<string, readonly string[]>>;
  readonly table: readonly TableRow[];
  /** A Mermaid state diagram. */
  readonly chart: string;
}

const defaultBounds: Bounds = { statesMax: 200, triesMax: 80_000, depthMax: 60 };

export function checkMachine<R extends AnyRoomType>(room: R, options: CheckOptions<R> = {}): MachineReport {
  const { commands = [], outputs = {}, secrets = {}, mayShow = [], bounds = {} } = options;
  using sandbox = new Sandbox();
  const found = new Found();
  const report = (sighting: Sighting) => found.add(sighting);
  const lookout = (trial: Trial, to: (sighting: Sighting) => void) => new Lookout(trial, to, { secrets, mayShow });
  const trial = new Trial(room, sandbox, report);
  const survey = new Survey(trial, lookout(trial, report));
  const explored = explore(room, trial, { commands, outputs, bounds: { ...defaultBounds, ...bounds } }, survey);
  for (const deadEnd of survey.endings.deadEnds()) found.add(deadEnd);

  /** Goes this way again: what was done, and whether one sees it. */
  const again = (sighting: Sighting, moves: readonly Move[]): { readonly moves: readonly Move[]; readonly shows: boolean } => {
    const seen = new Found();
    const inner = new Trial(room, sandbox, (sighting) => seen.add(sighting));
    const watching = lookout(inner, (sighting) => seen.add(sighting));
    const done: Move[] = [];
    const last = retrace(inner, moves, (after, step) => {
      if (step !== undefined) done.push(step.move);
      if (after === undefined) return;
      if (step !== undefined) watching.on(step.moment, step.move);
      watching.at(after);
    });
    const shows = sighting.code === "dead-end" ? last !== undefined && sighting.subject === valueText(last) : seen.has(sighting);
    return { moves: done, shows };
  };
  const finding = (sighting: Sighting): Finding => {
    if (sighting.at === undefined) return findingOf(sighting);
    const moves = shortened(movesTo(sighting.at.moment, sighting.at.move), (shorter) => again(sighting, shorter).shows);
    const last = again(sighting, moves);
    // What comes about only once has no second way.
    return findingOf(sighting, stepsOf(last.shows ? last.moves : moves, startAt));
  };
  const isBegun = !found.has({ code: "throws", subject: "the initial state" });
  return {
    type: room.type,
    version: room.version,
    findings: [...structureFindings(room), ...(isBegun ? survey.endings.findings() : []), ...found.list().map(finding)],
    explored: { ...explored, people: people.map(({ user, role }) => `${user} (${role})`) },
    acceptedFrom: Object.fromEntries(survey.endings.accepted),
    table: survey.rows(),
    chart: chartOf(room.machine, survey.moved),
  };
}
