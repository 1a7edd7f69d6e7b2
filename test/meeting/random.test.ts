import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Role } from "../../machines/meeting.ts";
import { meetingCommands } from "../../src/meeting/commands.ts";
import { type BareCommand, type BareEvent, broken, Driver, liveMeeting, timeIsUp } from "./driver.ts";

/** `SEED=8 bun test test/meeting/random.test.ts` walks other ways. */
const seed = Number(process.env["SEED"] ?? 7);

const users = ["u0", "u1", "u2", "u3", "u4"];
const user = fc.constantFrom(...users);
const role = fc.constantFrom<Role>("host", "cohost", "member", "observer");
/** The n-th item or poll there is, named when the step is taken. */
const nth = fc.integer({ min: 0, max: 2 }).map((n) => `#${n}`);
const option = fc.integer({ min: 0, max: 2 });
const plain = fc.constantFrom<BareCommand[]>(
  ...(["meeting.start", "recording.start", "recording.stop", "hand.raise", "hand.lower", "floor.take", "floor.yield"] as const).map(
    (type) => ({ type }),
  ),
  ...(["screen.share", "screen.stop", "agenda.finish"] as const).map((type) => ({ type })),
);
const command: fc.Arbitrary<BareCommand> = fc.oneof(
  { arbitrary: plain, weight: 8 },
  { arbitrary: fc.constant<BareCommand>({ type: "meeting.end" }), weight: 1 },
  {
    arbitrary: fc
      .constantFrom("hand.lower", "floor.give", "screen.stop", "member.mute")
      .chain((type) => user.map((to) => ({ type, user: to }))),
    weight: 4,
  },
  {
    arbitrary: fc
      .constantFrom("member.unmute", "member.remove", "member.readmit", "member.readmit")
      .chain((type) => user.map((to) => ({ type, user: to }))),
    weight: 5,
  },
  {
    arbitrary: fc.constantFrom("member.promote", "member.demote").chain((type) => fc.record({ type: fc.constant(type), user, role })),
    weight: 2,
  },
  { arbitrary: fc.boolean().map((locked) => ({ type: "meeting.lock", locked }) as const), weight: 1 },
  { arbitrary: fc.constantFrom("online", "away").map((status) => ({ type: "status.set", status }) as const), weight: 1 },
  { arbitrary: fc.string({ maxLength: 9 }).map((text) => ({ type: "chat.send", text }) as const), weight: 1 },
  { arbitrary: fc.constant<BareCommand>({ type: "react", emoji: "👍" }), weight: 1 },
  { arbitrary: fc.integer({ min: 1, max: 240 }).map((minutes) => ({ type: "agenda.add", title: "t", minutes }) as const), weight: 2 },
  {
    arbitrary: fc.constantFrom("agenda.remove", "agenda.start", "agenda.start").chain((type) => nth.map((item) => ({ type, item }))),
    weight: 3,
  },
  { arbitrary: fc.constant<BareCommand>({ type: "poll.open", question: "q", options: ["a", "b"] }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("poll.vote" as const), poll: nth, option }), weight: 3 },
  { arbitrary: nth.map((poll) => ({ type: "poll.close", poll }) as const), weight: 1 },
);
const system: fc.Arbitrary<BareEvent | typeof timeIsUp> = fc.oneof(
  fc.record({ type: fc.constant("participant.joined" as const), user, name: fc.constant("N"), role, who: fc.constant(1) }),
  fc.constantFrom("participant.left", "participant.away", "participant.back").chain((type) => user.map((to) => ({ type, user: to }))),
  fc.constantFrom<BareEvent[]>(
    { type: "xstate.done.actor.recorder", output: { file: "f" } },
    { type: "xstate.done.actor.recorder", output: { file: "f" } },
    { type: "xstate.error.actor.recorder", error: { message: "disk" } },
  ),
  fc.constant(timeIsUp),
);
type Step = { readonly by: string; readonly event: BareCommand } | { readonly room: BareEvent | typeof timeIsUp };
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ by: user, event: command }), weight: 5 },
  { arbitrary: fc.record({ room: system }), weight: 2 },
);
/** Most sequences begin with the start: little can happen before. */
const steps = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.array(step, { minLength: 20, maxLength: 80, size: "max" }))
  .map(([luck, rest]): Step[] => (luck === 0 ? rest : [{ by: "u0", event: { type: "meeting.start" } }, ...rest]));

function take(driver: Driver, next: Step): boolean {
  if (!("room" in next)) return driver.send(next.by, named(driver, next.event));
  const { type } = next.room;
  // The room reports only what is under way.
  if (type.startsWith("xstate.") && driver.state.can(driver.stamped("room", next.room, "system")) === false) return false;
  return driver.room(next.room);
}
function named(driver: Driver, event: BareCommand): BareCommand {
  const id = (list: readonly { readonly id: string }[], mark: string) => list[Number(mark.slice(1))]?.id ?? mark;
  if ("item" in event) return { ...event, item: id(driver.meeting.agenda, event.item) };
  return "poll" in event ? { ...event, poll: id(driver.meeting.polls, event.poll) } : event;
}
function seated(): Driver {
  const driver = new Driver();
  for (const [n, who] of users.entries()) driver.join(who, (["host", "cohost", "member", "member", "observer"] as const)[n] ?? "member");
  return driver;
}

describe("any sequence of commands", () => {
  test("[invariants] hold after every step, nothing throws on frozen data, and every command is accepted somewhere", () => {
    const accepted = new Set<string>();
    fc.assert(
      fc.property(steps, (sequence) => {
        const driver = seated();
        for (const next of sequence) {
          if (take(driver, next)) accepted.add("room" in next ? next.room.type : next.event.type);
          expect(broken(driver.state.context, driver.state.value)).toEqual([]);
        }
      }),
      { numRuns: 300, seed },
    );
    expect(Object.keys(meetingCommands).filter((type) => !accepted.has(type))).toEqual([]);
    expect([...accepted].filter((type) => type.startsWith("xstate.")).sort()).toEqual(
      [timeIsUp.type, "xstate.done.actor.recorder", "xstate.error.actor.recorder"].sort(),
    );
  });

  test("[L7] the same events give the same bytes, and so do the events as they come back from a journal", () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const driver = seated();
        for (const next of sequence) take(driver, next);
        const replay = new Driver();
        for (const event of driver.events) replay.take(JSON.parse(JSON.stringify(event)));
        const bytes = ({ state, cues, orders, timers }: Driver) => JSON.stringify([state.value, state.context, cues, orders, [...timers]]);
        expect(bytes(replay)).toBe(bytes(driver));
      }),
      { numRuns: 60, seed },
    );
  });

  test("[invariants] canary: each kind of damage is noticed", () => {
    const { state } = liveMeeting();
    const damage = (change: object) => broken({ ...state.context, meeting: { ...state.context.meeting, ...change } }, state.value);
    expect(damage({})).toEqual([]);
    expect(damage({ hands: ["nobody"] })).toEqual(["hands are of people who may act"]);
    expect(damage({ speaker: "olga", speakerSince: 1 })).toContain("the speaker may speak");
    expect(damage({ screen: "nobody" })).toEqual(["the screen's owner may share"]);
    expect(damage({ overtime: undefined })).toContain("the context is plain JSON");
    expect(damage({ removed: [{ user: "mia", name: "Mia" }] })).toEqual(["nobody removed is here"]);
    expect(damage({ endedAt: 9, hands: ["mia"] })).toEqual(["the phase is in the context", "an ended meeting rests"]);
    expect(damage({ running: { item: "x", endsAt: 1 }, agenda: [{ id: "x", title: "t", minutes: 1, state: "running" }] })).toEqual([
      "one item runs, or none",
    ]);
  });

  test("[L7] canary: an action that mutated the state would throw", () => {
    const { state } = liveMeeting();
    expect(() => Object.assign(state.context.meeting.participants, { eve: {} })).toThrow(TypeError);
  });
});
