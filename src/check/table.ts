/** Which command is possible in which state for which role, and why not otherwise, as it was seen while exploring. From: survey.ts. To: readme.ts. */
import { leavesOf, type Moment } from "./moment.ts";
import { people, roles } from "./people.ts";

/** `✓`: it was accepted; `–`: it never came to that; else the room's own reason. */
export interface TableRow {
  readonly command: string;
  /** Paths of states; empty: in all that have no row of their own. */
  readonly states: readonly string[];
  readonly cells: Cells;
}
type Cells = Readonly<Record<(typeof roles)[number], string>>;

export const accepted = "✓";
/** Refusals in one state that make it sure that it would not be accepted with another payload. */
const sureMin = 100;
const never = "–";

export interface Region {
  /** Its states without states below them. */
  readonly places: readonly string[];
  /** Whether it has transitions for the command. */
  readonly isHandler: boolean;
}

/** What was said to one role, in all moments of one state value. */
interface Tally {
  readonly role: string;
  readonly places: readonly string[];
  accepted: number;
  readonly reasons: Map<string, number>;
}

export class Table {
  /** By command, then by state value and role. */
  readonly #tallies = new Map<string, Map<string, Tally>>();

  /** `reason` undefined: accepted. */
  note(moment: Moment, command: string, role: string, reason: string | undefined): void {
    const places = leavesOf(moment);
    const perValue = this.#tallies.get(command) ?? new Map<string, Tally>();
    this.#tallies.set(command, perValue);
    const key = `${role} ${places.join()}`;
    const tally = perValue.get(key) ?? { role, places, accepted: 0, reasons: new Map<string, number>() };
    perValue.set(key, tally);
    if (reason === undefined) tally.accepted++;
    else tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1);
  }

  /**
   * A row for each command, and one for each group of states in which it is refused for a reason of theirs.
   * The regions are asked in turn, and what one explains, the next need not.
   */
  rows(command: string, regions: readonly Region[]): readonly TableRow[] {
    let open = [...(this.#tallies.get(command)?.values() ?? [])];
    const overall = cellsOf(open, firstOf);
    const rows: TableRow[] = [];
    const rest: string[] = [];
    for (const { places, isHandler } of regions) {
      const inside = (place: string) => open.filter((tally) => tally.places.includes(place));
      const groups = new Map<string, { readonly cells: Cells; readonly states: string[] }>();
      for (const place of places) {
        const cells = cellsOf(inside(place), onlyReason, overall);
        const refused = roles.filter((role) => overall[role] === accepted && cells[role] !== accepted);
        // Told elsewhere in this region, too: then it is not this state's doing.
        const isTold = (role: string) => places.some((other) => other !== place && isAlsoTold(inside(other), role, cells));
        const isSure = (role: string) => isHandler && refusalsOf(inside(place), role) >= sureMin;
        if (refused.length === 0 || refused.some((role) => isTold(role) && !isSure(role))) continue;
        const group = groups.get(JSON.stringify(cells)) ?? { cells, states: [] };
        groups.set(JSON.stringify(cells), group);
        group.states.push(place);
      }
      const excepted = [...groups.values()].flatMap(({ states }) => states);
      if (excepted.length === 0) continue;
      open = open.filter((tally) => !tally.places.some((place) => excepted.includes(place)));
      rows.push(...[...groups.values()].map(({ states, cells }) => ({ command, states, cells })));
      rest.push(...places.filter((place) => !excepted.includes(place)));
    }
    return [{ command, states: rest, cells: cellsOf(open, firstOf, overall) }, ...rows];
  }
}

const refusalsOf = (tallies: readonly Tally[], role: string): number =>
  tallies.filter((tally) => tally.role === role).reduce((sum, { reasons }) => sum + [...reasons.values()].reduce((a, b) => a + b, 0), 0);

/** Accepted there, and refused there for the reason in `cells`. */
function isAlsoTold(tallies: readonly Tally[], role: string, cells: Cells): boolean {
  const own = tallies.filter((tally) => tally.role === role);
  return (
    own.some((tally) => tally.accepted > 0) && own.some(({ reasons }) => [...reasons.keys()].map(told).includes(cells[role as keyof Cells]))
  );
}

/** Of each role: accepted somewhere, or what `tell` makes of the refusals; `otherwise` where there is nothing to tell. */
function cellsOf(tallies: readonly Tally[], tell: (reasons: ReadonlyMap<string, number>) => string | undefined, otherwise?: Cells): Cells {
  const cells = roles.map((role) => {
    const own = tallies.filter((tally) => tally.role === role);
    if (own.some((tally) => tally.accepted > 0)) return [role, accepted];
    const reasons = new Map<string, number>();
    for (const [reason, count] of own.flatMap((tally) => [...tally.reasons])) {
      reasons.set(told(reason), (reasons.get(told(reason)) ?? 0) + count);
    }
    return [role, tell(reasons) ?? otherwise?.[role] ?? never];
  });
  return Object.fromEntries(cells) as unknown as Cells;
}

const anybody = new RegExp(`\\b(${people.flatMap(({ user, name }) => [user, name]).join("|")})\\b`, "g");
const told = (reason: string): string => reason.replaceAll(anybody, "somebody").replace(/^somebody/, "Somebody");
/** The one told most often. */
const firstOf = (reasons: ReadonlyMap<string, number>): string | undefined => [...reasons].sort(([, a], [, b]) => b - a)[0]?.[0];
/** A refusal is the state's doing if it is always the same. */
const onlyReason = (reasons: ReadonlyMap<string, number>): string | undefined => (reasons.size === 1 ? [...reasons.keys()][0] : undefined);
