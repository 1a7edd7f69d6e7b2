/** One state of a room as the exploration has it: what the domain is, who is here, and how it came to that. */
import type { DomainState } from "../room/domain.ts";
import type { Op } from "../room/op.ts";
import type { PathStep } from "./finding.ts";
import type { Person } from "./people.ts";

/** One thing that happened, or may happen. `person`: whose doing it is; undefined: the room's own. */
export interface Move {
  readonly op: Op;
  readonly person: Person | undefined;
}

export interface Moment {
  readonly state: DomainState;
  /** By user. `removed`: the machine took them out, and their connections are being closed. */
  readonly here: ReadonlyMap<string, "online" | "away" | "removed">;
  /** The last seq of each user. */
  readonly seqs: ReadonlyMap<string, number>;
  readonly depth: number;
  readonly before: { readonly moment: Moment; readonly move: Move } | undefined;
}

/** `removed`: whom the machine took out. */
export function hereAfter({ here }: Moment, { op, person }: Move, removed: readonly string[]): Moment["here"] {
  const after = new Map(here);
  for (const user of removed) if (after.has(user)) after.set(user, "removed");
  if (person === undefined) return after;
  switch (op.event.type) {
    case "participant.left":
      after.delete(person.user);
      return after;
    case "participant.joined":
    case "participant.back":
      return after.set(person.user, "online");
    case "participant.away":
      return after.set(person.user, "away");
    default:
      return after;
  }
}

/** From the beginning to this moment, and then `last`. */
export function movesTo(moment: Moment, last?: Move): readonly Move[] {
  const moves: Move[] = last === undefined ? [] : [last];
  for (let { before } = moment; before !== undefined; before = before.moment.before) moves.push(before.move);
  return moves.reverse();
}

export function stepsOf(moves: readonly Move[], startAt: number): readonly PathStep[] {
  let at = startAt;
  return moves.map(({ op, person }) => {
    const afterMs = op.at - at;
    at = op.at;
    return { who: person === undefined ? "the room" : `${person.user} (${person.role})`, what: toldOf(op), afterMs };
  });
}

const toldOf = ({ event }: Op): PathStep["what"] => {
  if (!event.type.startsWith("participant.")) return event;
  const { user, name, role } = event as unknown as { readonly user: string; readonly name?: string; readonly role?: string };
  return { type: event.type, user, ...(name === undefined ? {} : { name, role }) } as PathStep["what"];
};

/** The active states without states below them, as paths: `phase.live`. A machine of one state has the path "". */
export function leavesOf({ state: { snapshot } }: Pick<Moment, "state">): readonly string[] {
  let leaves = leavesPerSnapshot.get(snapshot);
  if (leaves === undefined) {
    leaves = (snapshot._nodes as readonly { readonly path: readonly string[]; readonly states: object }[])
      .filter(({ states }) => Object.keys(states).length === 0)
      .map(({ path }) => path.join("."));
    leavesPerSnapshot.set(snapshot, leaves);
  }
  return leaves;
}
const leavesPerSnapshot = new WeakMap<object, readonly string[]>();

export const valueText = (moment: Pick<Moment, "state">): string => leavesOf(moment).join(", ") || "the machine's one state";
