/**
 * Views and overlays, per audience and user: functions of the state alone, plain JSON, and closed: what a view hides shows nowhere in it.
 *
 * Whether something shows is asked by going the way again with another secret: a field of a command is given another value; if that value
 * lies where the view hides it, then everything else in that view must be as before. So copies, sums and hints are found alike.
 */
import type { AnyRoomType } from "../room/define-room.ts";
import type { Report } from "./found.ts";
import { leavesOf, type Moment, type Move, movesTo, valueText } from "./moment.ts";
import { type Person, people } from "./people.ts";
import { notPlain } from "./plain-json.ts";
import { retrace } from "./retrace.ts";
import { literals, samplesOf } from "./samples.ts";
import { differences, hiddenPaths, isUnder, type Path, valueAt } from "./secrets.ts";
import type { Trial } from "./trial.ts";

/** Going ways again is dear; states that hide alike are asked once. */
const leakChecksMax = 60;
const otherValuesMax = 2;

export interface ViewOptions {
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly mayShow: readonly string[];
}

interface Shown {
  readonly person: Person;
  /** As in `the view for 'everyone'`. */
  readonly name: string;
  readonly value: unknown;
}

export class Views {
  readonly #room: AnyRoomType;
  readonly #trial: Trial;
  readonly #report: Report;
  readonly #options: ViewOptions;
  readonly #asked = new Set<string>();

  constructor(trial: Trial, report: Report, options: ViewOptions) {
    this.#room = trial.room;
    this.#trial = trial;
    this.#report = report;
    this.#options = options;
  }

  at(moment: Moment): void {
    const { view, own } = this.#room;
    if (view === undefined && own === undefined) return;
    const { snapshot } = moment.state;
    for (const shown of this.#viewsOf(moment)) {
      this.#checkSecrets(moment, shown);
      const hidden = hiddenPaths(snapshot.context, shown.value);
      const key = `${shown.name} ${valueText(moment)} ${hidden.map(kindOf).join()}`;
      if (hidden.length === 0 || this.#asked.has(key) || this.#asked.size >= leakChecksMax) continue;
      this.#asked.add(key);
      this.#checkLeaks(moment, shown, hidden);
    }
    if (own !== undefined)
      for (const { user } of people)
        if (moment.here.has(user)) this.#made(moment, `\`own\``, () => own.call(this.#room, snapshot as never, user));
  }

  /** One for each audience that there is. */
  #viewsOf(moment: Moment): readonly Shown[] {
    const { view } = this.#room;
    if (view === undefined) return [];
    const shown = new Map<string, Shown>();
    for (const person of people) {
      const viewer = { user: person.user, role: this.#trial.roleOf(moment, person) };
      const audience = this.#made(moment, "`audience`", () => this.#room.audience(viewer));
      if (typeof audience !== "string" || shown.has(audience)) continue;
      const name = `the view for '${audience}'`;
      const value = this.#made(moment, name, () => view.call(this.#room, moment.state.snapshot as never, audience));
      if (value !== undefined) shown.set(audience, { person, name, value });
    }
    return [...shown.values()];
  }

  /** Twice, watched. Undefined where there is nothing to go on with. */
  #made<T>(moment: Moment, name: string, make: () => T): T | undefined {
    const tell = (code: "view-throws" | "view-differs" | "view-not-json", text: string, where = valueText(moment)) =>
      this.#report({ code, subject: name, text, where, at: { moment } });
    const made = this.#trial.watched(make);
    if (made.used !== undefined) tell("view-differs", `${name} depends on more than its state: it uses ${made.used}`, made.where);
    if (!made.ok) {
      tell("view-throws", `${name} throws: ${made.message}`, made.where);
      return undefined;
    }
    const flaw = made.value === undefined ? "it is undefined" : notPlain(made.value);
    if (flaw !== undefined) {
      tell("view-not-json", `${name} is no plain JSON: ${flaw}`);
      return undefined;
    }
    const again = this.#trial.watched(make);
    const isSame = again.ok && JSON.stringify(again.value) === JSON.stringify(made.value);
    if (!isSame && made.used === undefined) tell("view-differs", `${name} depends on more than its state: asked again, it is another`);
    return made.value;
  }

  #checkSecrets(moment: Moment, { name, value }: Shown): void {
    const { context } = moment.state.snapshot as { readonly context: unknown };
    const places = leavesOf(moment);
    for (const [pattern, showIn] of Object.entries(this.#options.secrets)) {
      if (showIn.some((state) => places.some((place) => `${place}.`.startsWith(`${state}.`)))) continue;
      const path = leafPaths(context).find((leaf) => isUnder(leaf, pattern) && sameLeaf(valueAt(value, leaf), valueAt(context, leaf)));
      if (path === undefined) continue;
      const text = `${name} shows '${path.join(".")}', which may show only in ${showIn.join(", ") || "no state"}`;
      this.#report({ code: "secret-shown", subject: `${pattern} ${name}`, text, where: valueText(moment), at: { moment } });
    }
  }

  #checkLeaks(moment: Moment, shown: Shown, hidden: readonly Path[]): void {
    const moves = movesTo(moment);
    for (const [i, move] of moves.entries()) {
      for (const changed of this.#otherwise(move)) {
        const other = retrace(this.#trial, moves.with(i, changed));
        if (other === undefined || valueText(other) !== valueText(moment)) continue;
        this.#compare(moment, other, shown, hidden, move);
      }
    }
  }

  /** Both moments came about in the same way, but for one field of `move`. */
  #compare(moment: Moment, other: Moment, { name, value, person }: Shown, hidden: readonly Path[], { op }: Move): void {
    const { view, own } = this.#room;
    const [one, two] = [moment.state.snapshot, other.state.snapshot];
    const audience = this.#trial.watched(() => this.#room.audience({ user: person.user, role: this.#trial.roleOf(other, person) }));
    const seen = this.#trial.watched(() => (audience.ok ? view?.call(this.#room, two as never, audience.value) : undefined));
    if (!seen.ok || pathsText(hiddenPaths(two.context, seen.value)) !== pathsText(hidden)) return;
    const secret = hidden.find((path) => !sameLeaf(valueAt(one.context, path), valueAt(two.context, path)));
    if (secret === undefined) return;
    const tell = (what: string, path: Path, seenBy = "") =>
      this.#report({
        code: "view-leaks",
        subject: `${name} ${what} ${kindOf(secret)} ${kindOf(path)}`,
        text: `${name} hides '${secret.join(".")}', but ${what} gives it away: '${path.join(".")}' depends on it${seenBy}`,
        where: valueText(moment),
        at: { moment },
      });
    const mayShow = (path: Path) => this.#options.mayShow.some((pattern) => isUnder(path, pattern));
    const [leak] = differences(value, seen.value, mayShow);
    if (leak !== undefined) tell("the view itself", leak);
    for (const { user } of own === undefined ? [] : people) {
      if (user === op.by.user || !moment.here.has(user)) continue;
      const [mine, theirs] = [one, two].map((snapshot) => this.#trial.watched(() => own?.call(this.#room, snapshot as never, user)));
      const [peek] = mine?.ok && theirs?.ok ? differences(mine.value, theirs.value, mayShow) : [];
      if (peek !== undefined) tell("`own` of somebody else", peek, ` (as '${user}' sees it)`);
    }
  }

  /** The same command with another value in one field. */
  #otherwise(move: Move): readonly Move[] {
    const { event } = move.op;
    const entries = Object.hasOwn(this.#room.commands, event.type) ? (this.#room.commands[event.type] ?? {}) : {};
    return Object.entries(entries).flatMap(([field, schema]) => {
      const present = JSON.stringify((event as unknown as Readonly<Record<string, unknown>>)[field]);
      const others = samplesOf(schema, literals).filter((value) => typeof value !== "symbol" && JSON.stringify(value) !== present);
      return others.slice(0, otherValuesMax).map((value) => ({ ...move, op: { ...move.op, event: { ...event, [field]: value } } }));
    });
  }
}

const sameLeaf = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const leafPaths = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value !== "object" || value === null
    ? value === null
      ? []
      : [path]
    : Object.entries(value).flatMap(([key, part]) => leafPaths(part, [...path, key]));
const pathsText = (paths: readonly Path[]): string => paths.map((path) => path.join(".")).join();
/** People and places in lists are all alike. */
const kindOf = (path: Path): string =>
  path.map((key) => (/^\d+$/.test(key) || people.some(({ user }) => user === key) ? "*" : key)).join(".");
