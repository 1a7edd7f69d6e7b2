import { initialTransition, type SnapshotFrom, transition } from "xstate";
import {
  type MeetingCommand,
  type MeetingContext,
  type MeetingCue,
  type MeetingEvent,
  meeting,
  type Role,
  type Stamp,
} from "../../machines/meeting.ts";

export type MeetingState = SnapshotFrom<typeof meeting>;
type Bare<E> = E extends MeetingEvent ? Omit<E, keyof Stamp> : never;
/** What people send; the driver stamps it as the room would. */
export type BareCommand = Bare<MeetingCommand>;
export type BareEvent = Bare<MeetingEvent>;
export type Order = { readonly src: string; readonly input: unknown };

const [start] = initialTransition(meeting, { id: "weekly", at: 0 });
/** The timer's event; its name lies in journals. */
export const timeIsUp = { type: "xstate.after.itemTime.meeting.agenda.running" };

/**
 * Drives the machine by pure transitions, with stamps as the room writes them: `by.role` is the meeting's own word, one ms passes per event.
 * Everything is frozen between the steps, so an action that mutates throws.
 */
export class Driver {
  state: MeetingState = freeze(start);
  readonly cues: MeetingCue[] = [];
  readonly orders: Order[] = [];
  readonly timers = new Map<string, number>();
  readonly events: MeetingEvent[] = [];
  at = 0;

  get meeting() {
    return this.state.context.meeting;
  }
  /** A command of `user`; whether it was accepted. */
  send(user: string, command: BareCommand): boolean {
    return this.take(this.stamped(user, command));
  }
  /** An event of the room itself. */
  room(event: BareEvent | typeof timeIsUp): boolean {
    return this.take(this.stamped("room", event, "system"));
  }
  join(user: string, role: Role, name = user): boolean {
    return this.room({ type: "participant.joined", user, name, role, who: 1 });
  }
  /** The event as the room would stamp it now. */
  stamped(user: string, event: BareEvent | typeof timeIsUp, role?: "system"): MeetingEvent {
    const person = Object.hasOwn(this.meeting.participants, user) ? this.meeting.participants[user] : undefined;
    // The timer's event is no part of the public type: nothing in the machine reads it.
    return {
      ...event,
      at: this.at + 1,
      id: `c-${this.at + 1}`,
      by: { user, role: role ?? person?.role ?? "member", client: "c" },
    } as MeetingEvent;
  }
  take(event: MeetingEvent): boolean {
    this.at += 1;
    this.events.push(freeze(event));
    const [next, actions] = transition(meeting, this.state, event);
    if (next.status !== "active") throw new Error(`the machine stopped on ${event.type}`, { cause: next.error });
    for (const action of actions) this.note(action);
    const accepted = next !== this.state || actions.length > 0;
    this.state = freeze(next);
    return accepted;
  }
  private note({ type, params: given }: { readonly type: string; readonly params?: unknown }): void {
    const params = given as { id?: string; sendId?: string; src?: string; input?: unknown; delay?: number; event?: MeetingCue };
    if (type === "xstate.emit" && params.event) this.cues.push(params.event);
    if (type === "xstate.spawnChild" && params.src) this.orders.push({ src: params.src, input: params.input });
    if (type === "xstate.raise" && params.id && params.delay !== undefined) this.timers.set(params.id, this.at + params.delay);
    if (type === "xstate.cancel" && params.sendId) this.timers.delete(params.sendId);
  }
}

/** Whether `event` would be accepted in this state, if the named guards all said yes. */
export function acceptsWith(guards: readonly string[], state: MeetingState, event: MeetingEvent): boolean {
  const machine = meeting.provide({ guards: Object.fromEntries(guards.map((name) => [name, () => true])) });
  const restored = machine.resolveState({ value: state.value, context: state.context });
  return restored.can(event);
}

/** A live meeting: hana hosts, carl is a cohost, mia and max are members, olga observes. */
export function liveMeeting(): Driver {
  const driver = new Driver();
  driver.join("hana", "host", "Hana");
  driver.join("carl", "cohost", "Carl");
  driver.join("mia", "member", "Mia");
  driver.join("max", "member", "Max");
  driver.join("olga", "observer", "Olga");
  driver.send("hana", { type: "meeting.start" });
  return driver;
}

/** What must hold after every op, as the names of what does not. */
export function broken({ id, meeting: m, app }: MeetingContext, value: MeetingState["value"]): string[] {
  const present = (user: string | null) =>
    user === null || (Object.hasOwn(m.participants, user) && m.participants[user]?.role !== "observer");
  const text = JSON.stringify({ id, meeting: m, app });
  const running = m.agenda.filter(({ state }) => state === "running");
  const rules: Record<string, boolean> = {
    "the context is plain JSON": Bun.deepEquals(JSON.parse(text), { id, meeting: m, app }, true),
    "hands are of people who may act": m.hands.every(present) && new Set(m.hands).size === m.hands.length,
    "the speaker may speak": present(m.speaker) && (m.speaker === null || m.participants[m.speaker]?.muted === false),
    "the floor's state is the speaker's":
      (value.floor === "taken") === (m.speaker !== null) && (m.speaker === null) === (m.speakerSince === null),
    "the screen's owner may share": present(m.screen),
    "nobody removed is here": m.removed.every(({ user }) => !Object.hasOwn(m.participants, user)),
    "everybody has a session": Object.values(m.participants).every(({ sessions }) => sessions >= 1),
    "the phase is in the context": value.phase === (m.startedAt === null ? "lobby" : m.endedAt === null ? "live" : "ended"),
    "one item runs, or none": running.length === (value.agenda === "idle" ? 0 : 1) && running[0]?.id === m.running?.item,
    "overtime is overtime": m.overtime === (value.agenda === "overtime"),
    "votes are for options": m.polls.every(({ options, votes }) => Object.values(votes).every((option) => options[option] !== undefined)),
    "an ended meeting rests":
      m.endedAt === null ||
      (m.hands.length === 0 && m.speaker === null && m.screen === null && value.agenda === "idle" && value.recording !== "on"),
    "spans lie in the recording": m.recording.spans.every(
      ({ from, to }) => from < to && from >= (m.recording.startedAt ?? 0) && to <= (m.recording.stoppedAt ?? Number.POSITIVE_INFINITY),
    ),
    "ids are unique": [m.chat, m.agenda, m.polls].every((list) => new Set(list.map((entry) => entry.id)).size === list.length),
  };
  return Object.keys(rules).filter((name) => rules[name] !== true);
}

function freeze<T>(value: T): T {
  const data = typeof value === "object" && value !== null && "context" in value ? value.context : value;
  deepFreeze(data);
  return value;
}
function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}
