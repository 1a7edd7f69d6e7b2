import { describe, expect, test } from "bun:test";
import { agendaItemsMax, type Meeting, meeting, participantsMax, pollsMax, pollVotesMax } from "../../machines/meeting.ts";
import { type MeetingGuard, meetingReasons } from "../../src/meeting/reasons.ts";
import { acceptsWith, type BareCommand, type BareEvent, type Driver, liveMeeting, timeIsUp } from "./driver.ts";

type Case = {
  readonly before?: (driver: Driver) => void;
  readonly by?: string;
  readonly event: BareCommand | BareEvent;
  readonly reason: string;
};
const people = (count: number) =>
  Object.fromEntries(
    Array.from(
      { length: count },
      (_, n) => [`p${n}`, { name: `P${n}`, role: "member", status: "online", muted: false, sessions: 1 }] as const,
    ),
  );
/** Puts the meeting where thousands of commands would lead. */
const given = (change: (meeting: Meeting) => Partial<Meeting>) => (driver: Driver) => {
  const context = { ...driver.state.context, meeting: { ...driver.meeting, ...change(driver.meeting) } };
  driver.state = meeting.resolveState({ value: driver.state.value, context });
};
const sends =
  (...commands: readonly [user: string, command: BareCommand][]) =>
  (driver: Driver) => {
    for (const [user, command] of commands) expect(driver.send(user, command)).toBe(true);
  };
const ended = sends(["hana", { type: "meeting.end" }]);
const withItem = given(() => ({ agenda: [{ id: "i", title: "Budget", minutes: 5, state: "planned" }] }));
const running = (driver: Driver) => {
  withItem(driver);
  sends(["hana", { type: "agenda.start", item: "i" }])(driver);
};
const withPoll = (change: Partial<Meeting["polls"][number]>) =>
  given(() => ({ polls: [{ id: "p", question: "Lunch?", options: ["soup", "rice"], votes: {}, open: true, ...change }] }));
const vote = { type: "poll.vote", poll: "p", option: 1 } as const;

/** One refusal per guard that nothing but that guard is to blame for. */
const cases: Record<Exclude<MeetingGuard, "hasEnded">, Case> = {
  isPresent: { by: "nora", event: { type: "chat.send", text: "hi" }, reason: "You are not in the meeting." },
  isHost: { by: "carl", event: { type: "meeting.end" }, reason: "Only a host may do this." },
  isModerator: { by: "mia", event: { type: "recording.start" }, reason: "Only a host or a cohost may do this." },
  isMember: { by: "olga", event: { type: "hand.raise" }, reason: "Observers may only watch." },
  isSelf: {
    before: sends(["max", { type: "hand.raise" }]),
    by: "mia",
    event: { type: "hand.lower", user: "max" },
    reason: "This is somebody else's.",
  },
  isUnmuted: {
    before: sends(["hana", { type: "member.mute", user: "mia" }]),
    by: "mia",
    event: { type: "floor.take" },
    reason: "You are muted.",
  },
  isSpeaker: { by: "mia", event: { type: "floor.yield" }, reason: "You do not have the floor." },
  isLive: { before: ended, event: { type: "hand.raise" }, reason: "The meeting has ended." },
  notEnded: { before: ended, event: { type: "chat.send", text: "hi" }, reason: "The meeting has ended." },
  lockChanges: { event: { type: "meeting.lock", locked: false }, reason: "The meeting is not locked." },
  notRemoved: {
    before: sends(["hana", { type: "member.remove", user: "mia" }]),
    event: { type: "participant.joined", user: "mia", name: "Mia", role: "member", who: 1 },
    reason: "You were removed from this meeting.",
  },
  notLocked: {
    before: sends(["hana", { type: "meeting.lock", locked: true }]),
    event: { type: "participant.joined", user: "nora", name: "Nora", role: "member", who: 1 },
    reason: "The meeting is locked; nobody new may come in.",
  },
  hasSpace: {
    before: given(() => ({ participants: people(participantsMax) })),
    event: { type: "participant.joined", user: "nora", name: "Nora", role: "host", who: 1 },
    reason: "The meeting is full: 5000 people are in it.",
  },
  targetIsPresent: { event: { type: "participant.left", user: "nora" }, reason: "That person is not in the meeting." },
  targetIsRemoved: { event: { type: "member.readmit", user: "nora" }, reason: "That person was not removed." },
  targetIsMuted: { event: { type: "member.unmute", user: "mia" }, reason: "Mia is not muted." },
  targetIsUnmuted: {
    before: sends(["hana", { type: "member.mute", user: "mia" }]),
    event: { type: "floor.give", user: "mia" },
    reason: "Mia is muted.",
  },
  targetIsNoObserver: { event: { type: "floor.give", user: "olga" }, reason: "Olga is an observer; observers may only watch." },
  targetIsNotSpeaking: {
    before: sends(["hana", { type: "floor.take" }]),
    event: { type: "floor.give", user: "hana" },
    reason: "You have the floor already.",
  },
  targetShares: { event: { type: "screen.stop" }, reason: "You are not sharing the screen." },
  mayTouch: {
    by: "carl",
    event: { type: "member.mute", user: "hana" },
    reason: "Hana is a host; only a host may do this to a host.",
  },
  mayGrant: { by: "carl", event: { type: "member.promote", user: "mia", role: "host" }, reason: "Only a host makes somebody a host." },
  roleRises: {
    event: { type: "member.promote", user: "carl", role: "cohost" },
    reason: "Carl is a cohost already; that would be no promotion.",
  },
  roleFalls: { event: { type: "member.demote", user: "mia", role: "cohost" }, reason: "Mia is a member; that would be no demotion." },
  notLastHost: { event: { type: "member.demote", user: "hana", role: "member" }, reason: "You are the only host." },
  statusChanges: { event: { type: "status.set", status: "online" }, reason: "You are online already." },
  handIsDown: { before: sends(["hana", { type: "hand.raise" }]), event: { type: "hand.raise" }, reason: "Your hand is raised already." },
  handIsUp: { event: { type: "hand.lower", user: "mia" }, reason: "Mia has no hand raised." },
  floorIsFree: { before: sends(["mia", { type: "floor.take" }]), event: { type: "floor.take" }, reason: "Mia is speaking." },
  screenIsFree: { before: sends(["mia", { type: "screen.share" }]), event: { type: "screen.share" }, reason: "Mia is sharing the screen." },
  agendaHasSpace: {
    before: given(() => ({
      agenda: Array.from({ length: agendaItemsMax }, (_, n) => ({ id: `${n}`, title: "t", minutes: 1, state: "planned" as const })),
    })),
    event: { type: "agenda.add", title: "One more", minutes: 1 },
    reason: "The agenda is full: 50 items.",
  },
  itemExists: { event: { type: "agenda.remove", item: "x" }, reason: "There is no such item on the agenda." },
  itemIsPlanned: {
    before: given(() => ({ agenda: [{ id: "i", title: "t", minutes: 1, state: "done" }] })),
    event: { type: "agenda.start", item: "i" },
    reason: "That item is done.",
  },
  itemIsNotRunning: { before: running, event: { type: "agenda.remove", item: "i" }, reason: "That item is running; finish it first." },
  nothingRuns: {
    before: (driver) => {
      running(driver);
      given(({ agenda }) => ({ agenda: [...agenda, { id: "j", title: "Next", minutes: 1, state: "planned" }] }))(driver);
    },
    event: { type: "agenda.start", item: "j" },
    reason: "“Budget” is running; finish it first.",
  },
  somethingRuns: { event: { type: "agenda.finish" }, reason: "Nothing on the agenda is running." },
  pollsHaveSpace: {
    before: given(() => ({
      polls: Array.from({ length: pollsMax }, (_, n) => ({ id: `${n}`, question: "q", options: ["a", "b"], votes: {}, open: false })),
    })),
    event: { type: "poll.open", question: "q", options: ["a", "b"] },
    reason: "There are 50 polls already; no more fit.",
  },
  pollExists: { event: { type: "poll.close", poll: "p" }, reason: "There is no such poll." },
  pollIsOpen: { before: withPoll({ open: false }), event: vote, reason: "That poll is closed." },
  pollTakesVotes: {
    before: withPoll({ votes: Object.fromEntries(Array.from({ length: pollVotesMax }, (_, n) => [`p${n}`, 0])) }),
    event: vote,
    reason: "That poll is full: 5000 people have voted.",
  },
  optionExists: { before: withPoll({}), event: { ...vote, option: 2 }, reason: "That poll has no such option." },
  voteChanges: { before: withPoll({ votes: { hana: 1 } }), event: vote, reason: "You have voted for that already." },
};
/** Guards that ask for something which the refused command lacks altogether come with the guards that need it too. */
const together: Partial<Record<MeetingGuard, readonly MeetingGuard[]>> = { itemExists: ["itemIsNotRunning"], pollExists: ["pollIsOpen"] };

describe("guards", () => {
  const guardNames = Object.keys(meeting.implementations.guards);

  test("[guards] every guard has a reason, a case here, and nothing else has one", () => {
    expect(Object.keys(meetingReasons).sort()).toEqual(guardNames.toSorted());
    expect([...Object.keys(cases), "hasEnded"].sort()).toEqual(guardNames.toSorted());
  });

  for (const [name, { before, by = "hana", event, reason }] of Object.entries(cases)) {
    test(`[guards] ${name} alone refuses, and says why: ${reason}`, () => {
      const driver = liveMeeting();
      before?.(driver);
      const stamped = driver.stamped(by, event);
      const state = driver.state;
      expect(acceptsWith([], state, stamped)).toBe(false);
      expect(acceptsWith([name, ...(together[name as MeetingGuard] ?? [])], state, stamped)).toBe(true);
      expect(driver.take(stamped)).toBe(false);
      expect(driver.state).toBe(state);

      const said = meetingReasons[name as MeetingGuard];
      expect(typeof said === "string" ? said : said({ context: state.context, event: stamped, params: undefined })).toBe(reason);
    });
  }

  test("[guards] hasEnded holds the recording and the running item until the end", () => {
    const driver = liveMeeting();
    running(driver);
    driver.send("hana", { type: "recording.start" });
    driver.room({ type: "xstate.done.actor.recorder", output: { file: "f" } });
    driver.room(timeIsUp);
    expect(driver.state.value).toMatchObject({ recording: "on", agenda: "overtime" });
    ended(driver);
    expect(driver.state.value).toMatchObject({ recording: "stopping", agenda: "idle" });
  });

  test("[guards] canary: a guard that is not to blame does not open the way", () => {
    const driver = liveMeeting();
    expect(acceptsWith(["isMember"], driver.state, driver.stamped("mia", { type: "recording.start" }))).toBe(false);
  });

  test("[reasons] no reason fails or is empty, whatever event it is asked about", () => {
    const driver = liveMeeting();
    const events: (BareCommand | BareEvent)[] = Object.values(cases).map(({ event }) => event);
    for (const event of events) {
      for (const said of Object.values(meetingReasons)) {
        const text =
          typeof said === "string"
            ? said
            : said({ context: driver.state.context, event: driver.stamped("nora", event), params: undefined });
        expect(text).toMatch(/^[A-Z“][^{}]+\.$/);
      }
    }
  });
});
