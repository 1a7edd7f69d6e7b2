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
const never = "–";

/** What was said to one role, in all moments of one state value. */
interface Tally {
  readonly role: string;
  readonly places: readonly string[];
  accepted: number;
  readonly reasons: Map<string, number>;
  /** Those told where somebody of another role was accepted. */
  readonly telling: Map<string, number>;
}

export class Table {
  /** By command, then by state value and role. */
  readonly #tallies = new Map<string, Map<string, Tally>>();

  /** `reason` undefined: accepted. */
  note(moment: Moment, command: string, role: string, reason: string | undefined): void {
    const tally = this.#tallyOf(moment, command, role);
    if (reason === undefined) tally.accepted++;
    else count(tally.reasons, reason);
  }

  /** Of what was noted, the refusal that says most: another role was accepted with the same. */
  stress(moment: Moment, command: string, role: string, reason: string): void {
    count(this.#tallyOf(moment, command, role).telling, reason);
  }

  #tallyOf(moment: Moment, command: string, role: string): Tally {
    const places = leavesOf(moment);
    const perValue = this.#tallies.get(command) ?? new Map<string, Tally>();
    this.#tallies.set(command, perValue);
    const key = `${role} ${places.join()}`;
    const tally = perValue.get(key) ?? { role, places, accepted: 0, reasons: new Map(), telling: new Map() };
    perValue.set(key, tally);
    return tally;
  }

  /**
   * A row for each command, and one for each group of states in which it is refused for a reason of theirs.
   * `regions`: the states of each. They are asked in turn, and what one explains, the next need not.
   */
  rows(command: string, regions: readonly (readonly string[])[]): readonly TableRow[] {
    let open = [...(this.#tallies.get(command)?.values() ?? [])];
    const overall = cellsOf(open, firstOf);
    const rows: TableRow[] = [];
    const rest: string[] = [];
    for (const places of regions) {
      const inside = (place: string) => open.filter((tally) => tally.places.includes(place));
      const groups = new Map<string, { readonly cells: Cells; readonly states: string[] }>();
      for (const place of places) {
        const cells = cellsOf(inside(place), onlyReason, overall);
        const refused = roles.filter((role) => overall[role] === accepted && cells[role] !== accepted);
        // Told elsewhere in this region, too: then it is not this state's doing.
        const isTold = (role: string) => places.some((other) => other !== place && isAlsoTold(inside(other), role, cells));
        if (refused.length === 0 || refused.some(isTold)) continue;
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

/** Accepted there, and refused there for the reason in `cells`. */
function isAlsoTold(tallies: readonly Tally[], role: string, cells: Cells): boolean {
  const own = tallies.filter((tally) => tally.role === role);
  return (
    own.some((tally) => tally.accepted > 0) && own.some(({ reasons }) => [...reasons.keys()].map(told).includes(cells[role as keyof Cells]))
  );
}

type Tell = (reasons: ReadonlyMap<string, number>, telling: ReadonlyMap<string, number>) => string | undefined;

/** Of each role: accepted somewhere, or what `tell` makes of the refusals; `otherwise` where there is nothing to tell. */
function cellsOf(tallies: readonly Tally[], tell: Tell, otherwise?: Cells): Cells {
  const cells = roles.map((role) => {
    const own = tallies.filter((tally) => tally.role === role);
    if (own.some((tally) => tally.accepted > 0)) return [role, accepted];
    return [role, tell(sum(own.map(({ reasons }) => reasons)), sum(own.map(({ telling }) => telling))) ?? otherwise?.[role] ?? never];
  });
  return Object.fromEntries(cells) as unknown as Cells;
}

function sum(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const [reason, times] of counts.flatMap((each) => [...each])) count(all, told(reason), times);
  return all;
}
function count(counts: Map<string, number>, reason: string, times = 1): void {
  counts.set(reason, (counts.get(reason) ?? 0) + times);
}

const anybody = new RegExp(`\\b(${people.flatMap(({ user, name }) => [user, name]).join("|")})\\b`, "g");
const told = (reason: string): string => reason.replaceAll(anybody, "somebody").replace(/^somebody/, "Somebody");
/** The one told most often; where others were accepted, if it came to that. */
const firstOf: Tell = (reasons, telling) => [...(telling.size > 0 ? telling : reasons)].sort(([, a], [, b]) => b - a)[0]?.[0];
/** A refusal is the state's doing if it is always the same. */
const onlyReason: Tell = (reasons) => (reasons.size === 1 ? [...reasons.keys()][0] : undefined);
