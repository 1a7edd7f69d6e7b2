/** Why a meeting says no, for people: one sentence per guard of machines/meeting.ts. From: the explanation of a refusal. */
import {
  agendaItemsMax,
  type Meeting,
  type MeetingContext,
  type MeetingEvent,
  type meeting,
  participantsMax,
  pollsMax,
  pollVotesMax,
  targetOf,
  targetPerson,
} from "../../machines/meeting.ts";

/** The names of the meeting's guards, read off the machine. */
export type MeetingGuard = keyof NonNullable<Parameters<(typeof meeting)["provide"]>[0]["guards"]>;
type Args = { readonly context: MeetingContext; readonly event: MeetingEvent; readonly params: unknown };
type Reason = string | ((args: Args) => string);

/** Said to the sender of the command. The meeting hides nothing from its participants, so a reason may name any of them. */
export const meetingReasons: Record<MeetingGuard, Reason> = {
  isPresent: "You are not in the meeting.",
  isHost: "Only a host may do this.",
  isModerator: "Only a host or a cohost may do this.",
  isMember: "Observers may only watch.",
  isSelf: "This is somebody else's.",
  isUnmuted: "You are muted.",
  isSpeaker: "You do not have the floor.",

  isLive: ({ context }) => (context.meeting.endedAt === null ? "The meeting has not started yet." : "The meeting has ended."),
  notEnded: "The meeting has ended.",
  hasEnded: "The meeting has not ended yet.",
  lockChanges: ({ context }) => `The meeting is ${context.meeting.locked ? "locked already" : "not locked"}.`,

  notRemoved: "You were removed from this meeting.",
  notLocked: "The meeting is locked; nobody new may come in.",
  hasSpace: `The meeting is full: ${participantsMax} people are in it.`,

  targetIsPresent: "That person is not in the meeting.",
  targetIsRemoved: "That person was not removed.",
  targetIsMuted: (args) => `${target(args, "is", "are")} not muted.`,
  targetIsUnmuted: (args) => `${target(args, "is", "are")} muted.`,
  targetIsNoObserver: (args) => `${target(args, "is an observer", "are an observer")}; observers may only watch.`,
  targetIsNotSpeaking: (args) => `${target(args, "has", "have")} the floor already.`,
  targetShares: (args) => `${target(args, "is", "are")} not sharing the screen.`,
  mayTouch: (args) => `${target(args, "is", "are")} a host; only a host may do this to a host.`,
  mayGrant: "Only a host makes somebody a host.",
  roleRises: (args) => `${target(args, "is", "are")} ${roleOf(args)} already; that would be no promotion.`,
  roleFalls: (args) => `${target(args, "is", "are")} ${roleOf(args)}; that would be no demotion.`,
  notLastHost: (args) => `${target(args, "is", "are")} the only host.`,
  statusChanges: (args) => `${target(args, "is", "are")} ${targetPerson(args)?.status ?? "here"} already.`,

  handIsDown: "Your hand is raised already.",
  handIsUp: (args) => `${target(args, "has", "have")} no hand raised.`,
  floorIsFree: ({ context: { meeting } }) =>
    meeting.speaker === null ? "Nobody is speaking." : `${nameOf(meeting, meeting.speaker)} is speaking.`,
  screenIsFree: ({ context: { meeting } }) =>
    meeting.screen === null ? "Nobody is sharing the screen." : `${nameOf(meeting, meeting.screen)} is sharing the screen.`,

  agendaHasSpace: `The agenda is full: ${agendaItemsMax} items.`,
  itemExists: "There is no such item on the agenda.",
  itemIsPlanned: "That item is done.",
  itemIsNotRunning: "That item is running; finish it first.",
  nothingRuns: ({ context: { meeting } }) => {
    const item = meeting.agenda.find(({ id }) => id === meeting.running?.item);
    return item === undefined ? "Nothing on the agenda is running." : `“${item.title}” is running; finish it first.`;
  },
  somethingRuns: "Nothing on the agenda is running.",

  pollsHaveSpace: `There are ${pollsMax} polls already; no more fit.`,
  pollExists: "There is no such poll.",
  pollIsOpen: "That poll is closed.",
  pollTakesVotes: `That poll is full: ${pollVotesMax} people have voted.`,
  optionExists: "That poll has no such option.",
  voteChanges: "You have voted for that already.",
};

const nameOf = (meeting: Meeting, user: string): string =>
  (Object.hasOwn(meeting.participants, user) ? meeting.participants[user]?.name : undefined) ?? user;

/** “Ada is …” or “You are …”. */
function target(args: Args, their: string, your: string): string {
  const user = targetOf(args.event);
  return user === args.event.by.user ? `You ${your}` : `${nameOf(args.context.meeting, user)} ${their}`;
}

const articles = { host: "a host", cohost: "a cohost", member: "a member", observer: "an observer" } as const;
const roleOf = (args: Args): string => articles[targetPerson(args)?.role ?? "observer"];
