/**
 * A meeting: who is here, who may speak, what is recorded, what is on the agenda. The room's domain machine.
 *
 * Parallel regions over one context; each command is handled by exactly one region, so no region accepts what another refuses.
 * Pure and replayable: time, ids and identity come in the event's stamp; the context is plain JSON. Opens in Stately Studio as it is.
 */
import { and, assign, emit, fromPromise, or, setup } from "xstate";

export const chatMessagesMax = 200;
export const chatTextCharsMax = 2_000;
export const emojiCharsMax = 16;
export const agendaItemsMax = 50;
export const agendaTitleCharsMax = 120;
export const agendaItemMinutesMax = 240;
export const pollsMax = 50;
export const pollQuestionCharsMax = 200;
export const pollOptionsMin = 2;
export const pollOptionsMax = 8;
export const pollOptionCharsMax = 100;
export const pollVotesMax = 5_000;
export const participantsMax = 5_000;
/** Beyond these the oldest entry is forgotten: removing somebody must work at any time. A locked meeting is the remedy for a crowd. */
export const removedUsersMax = 1_000;
export const rememberedRolesMax = 1_000;
export const recordingSpansMax = 1_000;
export const errorCharsMax = 300;

export type Role = "host" | "cohost" | "member" | "observer";
export type Status = "online" | "away";
/** One person, however many sessions (tabs, devices) they have open. */
export type Participant = {
  readonly name: string;
  readonly role: Role;
  readonly status: Status;
  readonly muted: boolean;
  readonly sessions: number;
};
export type ChatMessage = { readonly id: string; readonly user: string; readonly name: string; readonly at: number; readonly text: string };
export type AgendaItem = {
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
  readonly state: "planned" | "running" | "done";
};
/** `votes`: user → index of the option. */
export type Poll = {
  readonly id: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly votes: Readonly<Record<string, number>>;
  readonly open: boolean;
};
/** Somebody had the floor, in ms since the Unix epoch. The name is kept, since the person may leave before the recording ends. */
export type Span = { readonly user: string; readonly name: string; readonly from: number; readonly to: number };
/** Of the current or the last recording. `file` once it is saved, `error` if it failed. */
export type Recording = {
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  readonly spans: readonly Span[];
  readonly file: string | null;
  readonly error: string | null;
};
export type Meeting = {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly locked: boolean;
  readonly participants: Readonly<Record<string, Participant>>;
  /** Roles given by promotion and demotion, and those of hosts who left: they hold when the person comes back. Oldest first. */
  readonly roles: readonly { readonly user: string; readonly role: Role }[];
  readonly removed: readonly { readonly user: string; readonly name: string }[];
  /** Users with a raised hand, in the order they raised it. */
  readonly hands: readonly string[];
  readonly speaker: string | null;
  readonly speakerSince: number | null;
  readonly screen: string | null;
  readonly chat: readonly ChatMessage[];
  readonly agenda: readonly AgendaItem[];
  readonly running: { readonly item: string; readonly endsAt: number } | null;
  readonly overtime: boolean;
  readonly polls: readonly Poll[];
  readonly recording: Recording;
};
/** `app` is what an extension adds. */
export type MeetingContext = { readonly id: string; readonly meeting: Meeting; readonly app: object };
export type MeetingInput = { readonly id: string; readonly at: number };

/** Written by the server on every event; `id` is `<client>-<seq>` and becomes the id of what the command creates. */
export type Stamp = {
  readonly at: number;
  readonly id: string;
  readonly by: { readonly user: string; readonly role: Role | "system"; readonly client: string };
};
type Stamped<Payloads> = { [K in keyof Payloads & string]: { readonly type: K } & Readonly<Payloads[K]> & Stamp }[keyof Payloads & string];
/** What a client may send. Schemas with exactly these payloads check it at the edge. */
export type MeetingCommand = Stamped<{
  "meeting.start": {};
  "meeting.end": {};
  "meeting.lock": { locked: boolean };
  "recording.start": {};
  "recording.stop": {};
  "hand.raise": {};
  "hand.lower": { user?: string };
  "floor.take": {};
  "floor.give": { user: string };
  "floor.yield": {};
  "screen.share": {};
  "screen.stop": { user?: string };
  "status.set": { status: Status };
  "member.promote": { user: string; role: Role };
  "member.demote": { user: string; role: Role };
  "member.mute": { user: string };
  "member.unmute": { user: string };
  "member.remove": { user: string };
  "member.readmit": { user: string };
  "chat.send": { text: string };
  "agenda.add": { title: string; minutes: number };
  "agenda.remove": { item: string };
  "agenda.start": { item: string };
  "agenda.finish": {};
  "poll.open": { question: string; options: string[] };
  "poll.vote": { poll: string; option: number };
  "poll.close": { poll: string };
  react: { emoji: string };
}>;
/** From the room itself. `left` comes once per session; `away` and `back` speak of the whole person. */
export type MeetingSystemEvent = Stamped<{
  "participant.joined": { user: string; name: string; role: Role; who: number };
  "participant.left": { user: string };
  "participant.away": { user: string };
  "participant.back": { user: string };
}>;
type RecorderEvent = Stamped<{
  "xstate.done.actor.recorder": { output: RecorderOutput };
  "xstate.error.actor.recorder": { error: unknown };
}>;
export type MeetingEvent = MeetingCommand | MeetingSystemEvent | RecorderEvent;
/** Told once to whoever is connected; never part of the state. */
export type MeetingCue =
  /** The room closes that user's connections. */
  | { readonly type: "participant.removed"; readonly user: string; readonly name: string }
  | { readonly type: "handRaised"; readonly user: string; readonly name: string }
  | { readonly type: "reaction"; readonly user: string; readonly emoji: string }
  | { readonly type: "recordingFailed"; readonly message: string }
  | { readonly type: "itemOvertime"; readonly item: string };

/** One order to the recorder service. It may be given twice (after a crash), so obeying it twice must give the same file. */
export type RecorderInput =
  | { readonly do: "start"; readonly room: string; readonly at: number }
  | { readonly do: "stop"; readonly room: string; readonly at: number; readonly startedAt: number; readonly spans: readonly Span[] };
/** `file` is a name for people and links, without the server's folders: every participant sees it. */
export type RecorderOutput = { readonly file: string };

type Args = { readonly context: MeetingContext; readonly event: MeetingEvent };
type EventOf<T> = Extract<MeetingEvent, { type: T }>;

/** The meeting's types and implementations. An extension adds its own by `extend` and runs a region of its own beside `meetingRegions`. */
export const meetingSetup = setup({
  types: {} as {
    context: MeetingContext;
    events: MeetingEvent;
    input: MeetingInput;
    emitted: MeetingCue;
    children: { recorder: "recorder" };
  },
  actors: {
    recorder: fromPromise<RecorderOutput, RecorderInput>(() => Promise.reject(new Error("This server records nothing."))),
  },
  delays: {
    itemTime: ({ context: { meeting } }) => (meeting.agenda.find(({ id }) => id === meeting.running?.item)?.minutes ?? 0) * 60_000,
  },
  guards: {
    // Who asks. Presence is asked first everywhere: a removed moderator's last commands must not count.
    isPresent: (args) => senderPerson(args) !== undefined,
    isHost: ({ event }) => event.by.role === "host",
    isModerator: ({ event }) => rank[event.by.role] <= rank.cohost,
    isMember: ({ event }) => rank[event.by.role] <= rank.member,
    isSelf: ({ event }) => targetOf(event) === event.by.user,
    isUnmuted: (args) => senderPerson(args)?.muted === false,
    isSpeaker: ({ context, event }) => context.meeting.speaker === event.by.user,
    // The phase.
    isLive: ({ context: { meeting } }) => meeting.startedAt !== null && meeting.endedAt === null,
    notEnded: ({ context }) => context.meeting.endedAt === null,
    hasEnded: ({ context }) => context.meeting.endedAt !== null,
    lockChanges: ({ context, event }) => event.type === "meeting.lock" && event.locked !== context.meeting.locked,
    // Admission.
    notRemoved: ({ context, event }) => !context.meeting.removed.some(({ user }) => user === targetOf(event)),
    notLocked: (args) =>
      !args.context.meeting.locked ||
      targetPerson(args) !== undefined ||
      (args.event.type === "participant.joined" && rank[joiningRole(args.context.meeting, args.event)] <= rank.cohost),
    hasSpace: (args) => targetPerson(args) !== undefined || Object.keys(args.context.meeting.participants).length < participantsMax,
    // About whom.
    targetIsPresent: (args) => targetPerson(args) !== undefined,
    targetIsRemoved: ({ context, event }) => context.meeting.removed.some(({ user }) => user === targetOf(event)),
    targetIsMuted: (args) => targetPerson(args)?.muted === true,
    targetIsUnmuted: (args) => targetPerson(args)?.muted === false,
    targetIsNoObserver: (args) => targetPerson(args)?.role !== "observer",
    targetIsNotSpeaking: ({ context, event }) => context.meeting.speaker !== targetOf(event),
    targetShares: ({ context, event }) => context.meeting.screen === targetOf(event),
    mayTouch: (args) => targetPerson(args)?.role !== "host" || args.event.by.role === "host",
    mayGrant: ({ event }) => event.type === "member.promote" && (event.role !== "host" || event.by.role === "host"),
    roleRises: (args) => args.event.type === "member.promote" && rank[args.event.role] < rank[targetPerson(args)?.role ?? "host"],
    roleFalls: (args) => args.event.type === "member.demote" && rank[args.event.role] > rank[targetPerson(args)?.role ?? "observer"],
    notLastHost: (args) =>
      targetPerson(args)?.role !== "host" ||
      Object.values(args.context.meeting.participants).filter(({ role }) => role === "host").length > 1,
    statusChanges: (args) => targetPerson(args)?.status !== statusOf(args.event),
    // The floor.
    handIsDown: ({ context, event }) => !context.meeting.hands.includes(targetOf(event)),
    handIsUp: ({ context, event }) => context.meeting.hands.includes(targetOf(event)),
    floorIsFree: ({ context }) => context.meeting.speaker === null,
    screenIsFree: ({ context }) => context.meeting.screen === null,
    // The agenda and the polls.
    agendaHasSpace: ({ context }) => context.meeting.agenda.length < agendaItemsMax,
    itemExists: (args) => itemOf(args) !== undefined,
    itemIsPlanned: (args) => itemOf(args)?.state === "planned",
    itemIsNotRunning: (args) => itemOf(args)?.state !== "running",
    nothingRuns: ({ context }) => context.meeting.running === null,
    somethingRuns: ({ context }) => context.meeting.running !== null,
    pollsHaveSpace: ({ context }) => context.meeting.polls.length < pollsMax,
    pollExists: (args) => pollOf(args) !== undefined,
    pollIsOpen: (args) => pollOf(args)?.open === true,
    pollTakesVotes: (args) => {
      const votes = pollOf(args)?.votes ?? {};
      return own(votes, args.event.by.user) !== undefined || Object.keys(votes).length < pollVotesMax;
    },
    optionExists: (args) => args.event.type === "poll.vote" && pollOf(args)?.options[args.event.option] !== undefined,
    voteChanges: (args) => args.event.type === "poll.vote" && own(pollOf(args)?.votes ?? {}, args.event.by.user) !== args.event.option,
  },
  actions: {
    join: on("participant.joined", (meeting, event) => {
      const { muted, sessions } = own(meeting.participants, event.user) ?? { muted: false, sessions: 0 };
      const person: Participant = { name: event.name, role: joiningRole(meeting, event), status: "online", muted, sessions: sessions + 1 };
      return { participants: { ...meeting.participants, [event.user]: person } };
    }),
    leave: on("participant.left", (meeting, { user, at }) => {
      const sessions = (own(meeting.participants, user)?.sessions ?? 1) - 1;
      return sessions > 0 ? patch(meeting, user, { sessions }) : takeOut(meeting, user, at);
    }),
    markAway: on("participant.away", (meeting, { user }) => patch(meeting, user, { status: "away" })),
    markBack: on("participant.back", (meeting, { user }) => patch(meeting, user, { status: "online" })),
    setStatus: on("status.set", (meeting, { by, status }) => patch(meeting, by.user, { status })),
    promote: on("member.promote", (meeting, { user, role, at }) => changeRole(meeting, user, role, at)),
    demote: on("member.demote", (meeting, { user, role, at }) => changeRole(meeting, user, role, at)),
    mute: on("member.mute", (meeting, { user, at }) => {
      const next = meeting.speaker === user ? giveFloor(meeting, null, at) : meeting;
      return { ...next, ...patch(next, user, { muted: true }) };
    }),
    unmute: on("member.unmute", (meeting, { user }) => patch(meeting, user, { muted: false })),
    remove: on("member.remove", (meeting, { user, at }) => {
      const name = own(meeting.participants, user)?.name ?? user;
      return { ...takeOut(meeting, user, at), removed: push(meeting.removed, { user, name }, removedUsersMax) };
    }),
    readmit: on("member.readmit", (meeting, { user }) => ({ removed: without(meeting.removed, user) })),

    startMeeting: on("meeting.start", (_, { at }) => ({ startedAt: at })),
    endMeeting: on("meeting.end", (meeting, { at }) => ({
      ...giveFloor(meeting, null, at),
      endedAt: at,
      hands: [],
      screen: null,
      polls: meeting.polls.map((poll) => ({ ...poll, open: false })),
    })),
    setLock: on("meeting.lock", (_, { locked }) => ({ locked })),
    say: on("chat.send", ({ chat, participants }, { id, by, at, text }) => ({
      chat: push(chat, { id, user: by.user, name: own(participants, by.user)?.name ?? by.user, at, text }, chatMessagesMax),
    })),
    openPoll: on("poll.open", ({ polls }, { id, question, options }) => ({
      polls: [...polls, { id, question, options, votes: {}, open: true }],
    })),
    vote: on("poll.vote", ({ polls }, event) => ({
      polls: polls.map((poll) => (poll.id === event.poll ? { ...poll, votes: { ...poll.votes, [event.by.user]: event.option } } : poll)),
    })),
    closePoll: on("poll.close", ({ polls }, event) => ({ polls: replace(polls, event.poll, { open: false }) })),
    tellReaction: tell(({ event }) => {
      const { by, emoji } = narrowed(event, "react");
      return { type: "reaction", user: by.user, emoji };
    }),

    beginRecording: on("recording.start", (_, { at }) => ({ recording: { ...emptyMeeting.recording, startedAt: at } })),
    stopRecording: on("recording.stop", (meeting, { at }) => ({ recording: { ...heard(meeting, at), stoppedAt: at } })),
    stopRecordingAtEnd: settle(({ recording, endedAt }) => ({ recording: { ...recording, stoppedAt: endedAt } })),
    keepRecording: on("xstate.done.actor.recorder", ({ recording }, { output }) => ({ recording: { ...recording, file: output.file } })),
    // A failed start recorded nothing; after a failed stop, what was heard is kept, though no file holds it.
    failRecording: on("xstate.error.actor.recorder", ({ recording }, { error }) => ({
      recording: { ...(recording.stoppedAt === null ? emptyMeeting.recording : recording), error: messageOf(error) },
    })),
    tellRecordingFailed: tell(({ event }) => ({
      type: "recordingFailed",
      message: messageOf(narrowed(event, "xstate.error.actor.recorder").error),
    })),

    raiseHand: on("hand.raise", ({ hands }, { by }) => ({ hands: [...hands, by.user] })),
    tellRemoved: tell((args) => ({ type: "participant.removed", user: targetOf(args.event), name: targetPerson(args)?.name ?? "" })),
    tellHandRaised: tell((args) => ({
      type: "handRaised",
      user: args.event.by.user,
      name: senderPerson(args)?.name ?? args.event.by.user,
    })),
    lowerHand: on("hand.lower", ({ hands }, event) => ({ hands: hands.filter((user) => user !== targetOf(event)) })),
    takeFloor: on("floor.take", (meeting, { by, at }) => giveFloor(meeting, by.user, at)),
    giveFloor: on("floor.give", (meeting, { user, at }) => giveFloor(meeting, user, at)),
    yieldFloor: on("floor.yield", (meeting, { at }) => giveFloor(meeting, null, at)),
    shareScreen: on("screen.share", (_, { by }) => ({ screen: by.user })),
    stopScreen: settle(() => ({ screen: null })),

    addItem: on("agenda.add", ({ agenda }, { id, title, minutes }) => ({ agenda: [...agenda, { id, title, minutes, state: "planned" }] })),
    removeItem: on("agenda.remove", ({ agenda }, { item }) => ({ agenda: agenda.filter(({ id }) => id !== item) })),
    startItem: on("agenda.start", ({ agenda }, { item, at }) => ({
      agenda: replace(agenda, item, { state: "running" }),
      running: { item, endsAt: at + (agenda.find(({ id }) => id === item)?.minutes ?? 0) * 60_000 },
    })),
    finishItem: settle(({ agenda, running }) => ({
      agenda: replace(agenda, running?.item ?? "", { state: "done" }),
      running: null,
      overtime: false,
    })),
    markOvertime: settle(() => ({ overtime: true })),
    tellOvertime: tell(({ context }) => ({ type: "itemOvertime", item: context.meeting.running?.item ?? "" })),
  },
});

/** Who is here and whether the meeting runs. An ended meeting may still be joined: that is how its minutes are read. */
const phase = meetingSetup.createStateConfig({
  initial: "lobby",
  on: {
    "participant.joined": { guard: and(["notRemoved", "notLocked", "hasSpace"]), actions: "join" },
    "participant.left": { guard: "targetIsPresent", actions: "leave" },
    "participant.away": { guard: and(["targetIsPresent", "statusChanges"]), actions: "markAway" },
    "participant.back": { guard: and(["targetIsPresent", "statusChanges"]), actions: "markBack" },
    "status.set": { guard: and(["isPresent", "statusChanges"]), actions: "setStatus" },
    "member.promote": { guard: and(["isPresent", "isModerator", "targetIsPresent", "mayGrant", "roleRises"]), actions: "promote" },
    "member.demote": {
      guard: and(["isPresent", "isModerator", "targetIsPresent", "mayTouch", "roleFalls", "notLastHost"]),
      actions: "demote",
    },
    "member.mute": { guard: and(["isPresent", "isModerator", "targetIsPresent", "mayTouch", "targetIsUnmuted"]), actions: "mute" },
    "member.unmute": { guard: and(["isPresent", "isModerator", "targetIsPresent", "mayTouch", "targetIsMuted"]), actions: "unmute" },
    "member.remove": {
      guard: and(["isPresent", "isModerator", "targetIsPresent", "mayTouch", "notLastHost"]),
      actions: ["tellRemoved", "remove"],
    },
    "member.readmit": { guard: and(["isPresent", "isModerator", "targetIsRemoved"]), actions: "readmit" },
    "meeting.lock": { guard: and(["isPresent", "isModerator", "lockChanges"]), actions: "setLock" },
    "chat.send": { guard: and(["isPresent", "isMember", "notEnded"]), actions: "say" },
    react: { guard: and(["isPresent", "isMember", "notEnded"]), actions: "tellReaction" },
  },
  states: {
    lobby: { on: { "meeting.start": { guard: and(["isPresent", "isHost"]), target: "live", actions: "startMeeting" } } },
    live: {
      on: {
        "meeting.end": { guard: and(["isPresent", "isHost"]), target: "ended", actions: "endMeeting" },
        "poll.open": { guard: and(["isPresent", "isModerator", "pollsHaveSpace"]), actions: "openPoll" },
        "poll.vote": {
          guard: and(["isPresent", "isMember", "pollExists", "pollIsOpen", "optionExists", "voteChanges", "pollTakesVotes"]),
          actions: "vote",
        },
        "poll.close": { guard: and(["isPresent", "isModerator", "pollExists", "pollIsOpen"]), actions: "closePoll" },
      },
    },
    ended: {},
  },
});

/** A recording that is on when the meeting ends is stopped and saved; one that is just starting is first let to start. */
const recording = meetingSetup.createStateConfig({
  initial: "off",
  states: {
    off: {
      on: { "recording.start": { guard: and(["isPresent", "isModerator", "isLive"]), target: "starting", actions: "beginRecording" } },
    },
    starting: {
      invoke: {
        src: "recorder",
        id: "recorder",
        input: startOrder,
        onDone: { target: "on" },
        onError: { target: "off", actions: ["failRecording", "tellRecordingFailed"] },
      },
    },
    on: {
      always: { guard: "hasEnded", target: "stopping", actions: "stopRecordingAtEnd" },
      on: { "recording.stop": { guard: and(["isPresent", "isModerator"]), target: "stopping", actions: "stopRecording" } },
    },
    stopping: {
      invoke: {
        src: "recorder",
        id: "recorder",
        input: stopOrder,
        onDone: { target: "off", actions: "keepRecording" },
        onError: { target: "off", actions: ["failRecording", "tellRecordingFailed"] },
      },
    },
  },
});

/** Raised hands, one speaker, one shared screen. The floor falls free by itself when its speaker is muted, leaves or may no longer speak. */
const floor = meetingSetup.createStateConfig({
  initial: "free",
  on: {
    "hand.raise": { guard: and(["isPresent", "isMember", "isLive", "handIsDown"]), actions: ["raiseHand", "tellHandRaised"] },
    "hand.lower": { guard: and(["isPresent", or(["isSelf", "isModerator"]), "handIsUp"]), actions: "lowerHand" },
    "floor.take": { guard: and(["isPresent", "isMember", "isLive", "isUnmuted", "floorIsFree"]), target: ".taken", actions: "takeFloor" },
    "floor.give": {
      guard: and(["isPresent", "isModerator", "isLive", "targetIsPresent", "targetIsNoObserver", "targetIsUnmuted", "targetIsNotSpeaking"]),
      target: ".taken",
      actions: "giveFloor",
    },
    "floor.yield": { guard: and(["isPresent", "isSpeaker"]), target: ".free", actions: "yieldFloor" },
    "screen.share": { guard: and(["isPresent", "isMember", "isLive", "screenIsFree"]), actions: "shareScreen" },
    "screen.stop": { guard: and(["isPresent", or(["isSelf", "isModerator"]), "targetShares"]), actions: "stopScreen" },
  },
  states: { free: {}, taken: { always: { guard: "floorIsFree", target: "free" } } },
});

/** What is to be talked about, one item at a time, each with its minutes. */
const agenda = meetingSetup.createStateConfig({
  initial: "idle",
  on: {
    "agenda.add": { guard: and(["isPresent", "isModerator", "notEnded", "agendaHasSpace"]), actions: "addItem" },
    "agenda.remove": { guard: and(["isPresent", "isModerator", "notEnded", "itemExists", "itemIsNotRunning"]), actions: "removeItem" },
    "agenda.start": {
      guard: and(["isPresent", "isModerator", "isLive", "itemExists", "nothingRuns", "itemIsPlanned"]),
      target: ".running",
      actions: "startItem",
    },
    "agenda.finish": { guard: and(["isPresent", "isModerator", "somethingRuns"]), target: ".idle", actions: "finishItem" },
  },
  states: {
    idle: {},
    running: {
      // The timer's event is named after this id and lies in journals: keep it, wherever the state moves.
      id: "meeting.agenda.running",
      always: { guard: "hasEnded", target: "idle", actions: "finishItem" },
      after: { itemTime: { target: "overtime", actions: ["markOvertime", "tellOvertime"] } },
    },
    overtime: { always: { guard: "hasEnded", target: "idle", actions: "finishItem" } },
  },
});

/** The regions of every meeting; a machine that extends it puts its own region `app` beside them, under the machine id `meeting`. */
export const meetingRegions = { phase, recording, floor, agenda };

export const meeting = meetingSetup.createMachine({
  id: "meeting",
  type: "parallel",
  context: ({ input }) => ({ id: input.id, meeting: emptyMeeting, app: {} }),
  states: { ...meetingRegions, app: {} },
});

// Below: what the implementations are made of.

/** An action for ops of one type; wired to another type it throws instead of reading fields that are not there. */
function on<T extends MeetingEvent["type"]>(type: T, change: (meeting: Meeting, event: EventOf<T>) => Partial<Meeting>) {
  return assign<MeetingContext, MeetingEvent, undefined, MeetingEvent, never>(({ context, event }) => ({
    meeting: { ...context.meeting, ...change(context.meeting, narrowed(event, type)) },
  }));
}
/** An action that needs no event, so that it may run on eventless transitions. */
function settle(change: (meeting: Meeting) => Partial<Meeting>) {
  return assign<MeetingContext, MeetingEvent, undefined, MeetingEvent, never>(({ context }) => ({
    meeting: { ...context.meeting, ...change(context.meeting) },
  }));
}
function tell(cue: (args: Args) => MeetingCue) {
  return emit<MeetingContext, MeetingEvent, undefined, MeetingEvent, MeetingCue>((args) => cue(args));
}
function narrowed<T extends MeetingEvent["type"]>(event: MeetingEvent, type: T): EventOf<T> {
  const is = (candidate: MeetingEvent): candidate is EventOf<T> => candidate.type === type;
  if (!is(event)) throw new Error(`an action for '${type}' ran on '${event.type}'`);
  return event;
}

function startOrder({ context: { id, meeting } }: { context: MeetingContext }): RecorderInput {
  return { do: "start", room: id, at: meeting.recording.startedAt ?? 0 };
}
function stopOrder({ context: { id, meeting } }: { context: MeetingContext }): RecorderInput {
  const { startedAt, stoppedAt, spans } = meeting.recording;
  return { do: "stop", room: id, at: stoppedAt ?? 0, startedAt: startedAt ?? 0, spans };
}

export const emptyMeeting: Meeting = {
  startedAt: null,
  endedAt: null,
  locked: false,
  participants: {},
  roles: [],
  removed: [],
  hands: [],
  speaker: null,
  speakerSince: null,
  screen: null,
  chat: [],
  agenda: [],
  running: null,
  overtime: false,
  polls: [],
  recording: { startedAt: null, stoppedAt: null, spans: [], file: null, error: null },
};

const rank = { host: 0, cohost: 1, member: 2, observer: 3, system: 4 } as const;

// `hasOwn`: a user id is data and may be called `constructor`.
const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(record, key) ? record[key] : undefined);
/** Whom an event is about: the `user` it names, else its sender. */
export const targetOf = (event: MeetingEvent): string => ("user" in event ? (event.user ?? event.by.user) : event.by.user);
export const targetPerson = ({ context, event }: Args): Participant | undefined => own(context.meeting.participants, targetOf(event));
const senderPerson = ({ context, event }: Args): Participant | undefined => own(context.meeting.participants, event.by.user);
const itemOf = ({ context, event }: Args) => ("item" in event ? context.meeting.agenda.find(({ id }) => id === event.item) : undefined);
const pollOf = ({ context, event }: Args) => ("poll" in event ? context.meeting.polls.find(({ id }) => id === event.poll) : undefined);
const statusOf = (event: MeetingEvent): Status =>
  event.type === "status.set" ? event.status : event.type === "participant.away" ? "away" : "online";
/** The meeting's own word on a person's role holds against what the server's auth says. */
const joiningRole = ({ participants, roles }: Meeting, { user, role }: EventOf<"participant.joined">): Role =>
  own(participants, user)?.role ?? roles.find((kept) => kept.user === user)?.role ?? role;

const push = <T>(list: readonly T[], item: T, max: number): readonly T[] => [...list, item].slice(-max);
const without = <T extends { readonly user: string }>(list: readonly T[], user: string) => list.filter((entry) => entry.user !== user);
const replace = <T extends { readonly id: string }>(list: readonly T[], id: string, change: Partial<T>): readonly T[] =>
  list.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
const patch = ({ participants }: Meeting, user: string, change: Partial<Participant>): Pick<Meeting, "participants"> => {
  const person = own(participants, user);
  return { participants: person === undefined ? participants : { ...participants, [user]: { ...person, ...change } } };
};

/** The recording up to `at`, with what the present speaker said so far. */
function heard({ recording, speaker, speakerSince, participants }: Meeting, at: number): Recording {
  if (speaker === null || recording.startedAt === null || recording.stoppedAt !== null) return recording;
  const from = Math.max(speakerSince ?? 0, recording.startedAt);
  const span = { user: speaker, name: own(participants, speaker)?.name ?? speaker, from, to: at };
  return at > from ? { ...recording, spans: push(recording.spans, span, recordingSpansMax) } : recording;
}
const giveFloor = (meeting: Meeting, speaker: string | null, at: number): Meeting => ({
  ...meeting,
  recording: heard(meeting, at),
  speaker,
  speakerSince: speaker === null ? null : at,
  hands: meeting.hands.filter((user) => user !== speaker),
});
/** Takes everything from a person that only somebody present and allowed to act may hold. */
function dropAll(meeting: Meeting, user: string, at: number): Meeting {
  const next = meeting.speaker === user ? giveFloor(meeting, null, at) : meeting;
  return { ...next, hands: next.hands.filter((hand) => hand !== user), screen: next.screen === user ? null : next.screen };
}
/** A host's role is kept: whoever opened the meeting hosts it again when they come back. */
function takeOut(meeting: Meeting, user: string, at: number): Meeting {
  const { [user]: gone, ...participants } = meeting.participants;
  const roles = gone?.role === "host" ? push(without(meeting.roles, user), { user, role: gone.role }, rememberedRolesMax) : meeting.roles;
  return { ...dropAll(meeting, user, at), participants, roles };
}
function changeRole(meeting: Meeting, user: string, role: Role, at: number): Meeting {
  const roles = push(without(meeting.roles, user), { user, role }, rememberedRolesMax);
  const next = role === "observer" ? dropAll(meeting, user, at) : meeting;
  return { ...next, ...patch(next, user, { role }), roles };
}
/** A service's error as people may read it. After a replay an `Error` is plain data. */
function messageOf(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return (typeof message === "string" && message !== "" ? message : "The recorder failed.").slice(0, errorCharsMax);
}
