/** [DELTA-2] to [DELTA-5]: from one state of a room to the next. Pure, by the room's own machine and xstate's public functions. */
import { type AnyStateMachine, createActor, type EventObject, transition } from "xstate";
import { patched } from "./spec-patch.ts";
import type { Delta, Op, RoomState, RosterEntry } from "./spec-socket.ts";

/** The role that the machine's context has for a user, if it has one. */
export type RoleOf = (context: unknown, user: string) => string | undefined;
/** Who sent an op: its `who` as the roster has it at that op, since a number is given again after a leave. */
type OnOp = (sender: { readonly user: string; readonly client: string }, seq: number) => void;
type Stamp = {
  readonly at: number;
  readonly id: string;
  readonly by: { readonly user: string; readonly role: string; readonly client: string };
};

const roomItself = { user: "system", role: "system", client: "system" };

export class Replay {
  readonly #machine: AnyStateMachine;
  readonly #roleOf: RoleOf;
  #outer: (EventObject & Stamp) | undefined;

  constructor(machine: AnyStateMachine, roleOf: RoleOf) {
    this.#machine = machine.provide({});
    this.#roleOf = roleOf;
    // The machine is asked about every event before it is used, so this is where raised and `done.state` events get their stamp.
    const select = this.#machine.getTransitionData.bind(this.#machine);
    this.#machine.getTransitionData = (snapshot, event: EventObject) => {
      if (this.#outer !== undefined && event !== this.#outer) {
        const { at, id, by } = this.#outer;
        Object.assign(event, { at, id, by });
      }
      return select(snapshot, event);
    };
  }

  delta(state: RoomState, { from, at, ops = [], patches }: Delta, onOp: OnOp = () => undefined): RoomState {
    if (patches !== undefined) return patched(state, patches) as RoomState;
    let time = at;
    return ops.reduce((before, op, i) => {
      time += op[3] ?? 0;
      return this.#op(before, from + 1 + i, time, op, onOp);
    }, state);
  }

  #op(state: RoomState, rev: number, at: number, [who, seq, event]: Op, onOp: OnOp): RoomState {
    const roster = event.type === "participant.joined" ? withEntry(state.roster, event as unknown as RosterEntry) : state.roster;
    const sender = roster.find((entry) => entry.who === who) ?? roomItself;
    onOp(sender, seq);
    const { user, client } = sender;
    const by = { user, role: this.#roleOf(state.context, user) ?? sender.role, client };
    this.#outer = { ...event, at, id: seq > 0 ? `${client}-${seq}` : `r${rev}`, by };
    const [after] = transition(this.#machine, this.#restore(state), this.#outer);
    return {
      at,
      value: after.value,
      context: after.context,
      status: after.status,
      history: mapValues(after.historyValue as Record<string, { id: string }[]>, (nodes) => nodes.map(({ id }) => id)),
      roster: event.type === "participant.left" ? roster.filter((entry) => entry.who !== who) : roster,
    };
  }

  #restore({ value, context, status, history }: RoomState) {
    const historyValue = mapValues(history, (ids) => ids.map((id) => ({ id })));
    const snapshot = { value, context, status, historyValue, children: {}, output: undefined, error: undefined };
    return createActor(this.#machine, { snapshot: snapshot as never }).getSnapshot();
  }
}

const withEntry = (roster: readonly RosterEntry[], { who, user, name, role, client }: RosterEntry): readonly RosterEntry[] =>
  [...roster, { who, user, name, role, client }].sort((a, b) => a.who - b.who);

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
