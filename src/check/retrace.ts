/**
 * Goes a way again, with a step left out or changed: for the shortest way to a finding, and to see what depends on a secret.
 * Each move is made anew: its rev, seq and time follow from what is before it, and ids of what was created on the way are renamed.
 */
import { stampId } from "../room/op.ts";
import type { Moment, Move } from "./moment.ts";
import type { Trial } from "./trial.ts";

/** What is told of each step; the first is the empty room itself. `after` undefined: the move failed, or changed nothing. */
export type OnStep = (after: Moment | undefined, step?: { readonly moment: Moment; readonly move: Move }) => void;

/** Where the way leads; undefined: nowhere, since a move is no longer possible or fails. */
export function retrace(trial: Trial, moves: readonly Move[], onStep?: OnStep): Moment | undefined {
  let moment = trial.begin();
  onStep?.(moment);
  let at = moment?.state.at ?? 0;
  const renamed = new Map<string, string>();
  for (const old of moves) {
    if (moment === undefined) return undefined;
    const move: Move | undefined = anew(trial, moment, old, old.op.at - at, renamed);
    if (move === undefined) return undefined;
    at = old.op.at;
    renamed.set(stampId(old.op), stampId(move.op));
    const tried = trial.take(moment, move);
    const after: Moment | undefined = tried.kind === "taken" ? tried.moment : undefined;
    onStep?.(after, { moment, move });
    moment = after;
  }
  return moment;
}

/** Undefined: it cannot happen here. */
function anew(trial: Trial, moment: Moment, { op, person }: Move, afterMs: number, renamed: ReadonlyMap<string, string>): Move | undefined {
  const { state, here, seqs } = moment;
  const rev = state.rev + 1;
  if (person === undefined) {
    if (op.timer === undefined) {
      const isRunning = Object.keys(state.snapshot.children).some((id) => op.event.type.endsWith(`.actor.${id}`));
      return isRunning ? { person, op: { ...op, rev, at: state.at + afterMs } } : undefined;
    }
    const [due] = state.timers.list();
    return due?.id === op.timer ? { person, op: { ...op, rev, at: Math.max(state.at, due.dueAt) } } : undefined;
  }
  const isJoin = op.event.type === "participant.joined";
  if (isJoin === here.has(person.user)) return undefined;
  const by = { ...op.by, role: trial.roleOf(moment, person) };
  const seq = op.seq === 0 ? 0 : (seqs.get(person.user) ?? 0) + 1;
  const at = Math.max(state.at, Math.min(state.at + afterMs, (state.timers.list()[0]?.dueAt ?? Infinity) - 1));
  const event = { ...(withNames(op.event, renamed) as object), type: op.event.type };
  const move = { person, op: { ...op, rev, at, by, seq, event } };
  return isJoin && trial.refusesJoin(moment, move) ? undefined : move;
}

const withNames = (value: unknown, renamed: ReadonlyMap<string, string>): unknown => {
  if (typeof value === "string") return renamed.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => withNames(part, renamed));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [renamed.get(key) ?? key, withNames(part, renamed)]));
};

/** Leaves out what it can; `shows` says whether a way still leads there. Every way that is kept was gone. */
export function shortened(moves: readonly Move[], shows: (moves: readonly Move[]) => boolean): readonly Move[] {
  let shortest = moves;
  for (let i = shortest.length - 1; i >= 0; i--) {
    const without = shortest.toSpliced(i, 1);
    if (!shows(without)) continue;
    shortest = without;
  }
  return shortest;
}
