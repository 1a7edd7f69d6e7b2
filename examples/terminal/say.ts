/** What happens in a meeting, in words for a terminal's feed. From: terminal.ts, for each op, cue and refusal. Nothing here is safe to print yet: sanitize.ts. */
import type { MeetingEvent, Stamp } from "../../machines/meeting.ts";
import type { RoomEvents } from "../../src/client/index.ts";
import type { MeetingRoomType, MeetingState } from "./commands.ts";

export type Tone = "chat" | "event" | "quiet" | "good" | "bad";
export interface Line {
  /** ms since the Unix epoch; without it, the line belongs to the one above. */
  readonly at?: number;
  /** Whose doing it is; the text goes on from there. */
  readonly who?: string;
  readonly text: string;
  readonly tone: Tone;
}

type Events = RoomEvents<MeetingRoomType>;
/** An op's event: it carries no stamp. */
type Told<T extends MeetingEvent["type"]> = Omit<Extract<MeetingEvent, { type: T }>, keyof Stamp>;
type Saying = string | readonly string[] | undefined;

/** `state` is confirmed, and after the op. A type that this program does not know is passed over. */
export function sayOp({ at, by, event }: Events["op"], state: MeetingState): readonly Line[] {
  if (!Object.hasOwn(sayings, event.type)) return [];
  const said = sayings[event.type as MeetingEvent["type"]](event as never, state, by.user);
  const [first, ...more] = typeof said === "string" ? [said] : (said ?? []);
  if (first === undefined) return [];
  const tone = event.type === "chat.send" ? "chat" : "event";
  return [{ at, ...(by.name === "" ? {} : { who: by.name }), text: first, tone }, ...more.map((text) => ({ text, tone }) as const)];
}

/** Of the cues, those that no op tells of. */
export function sayCue(cue: Events["cue"], state: MeetingState, at: number): readonly Line[] {
  switch (cue.type) {
    case "reaction":
      return [{ at, who: nameOf(state, cue.user), text: cue.emoji, tone: "event" }];
    case "itemOvertime":
      return [{ at, text: `The time for ${titleOf(state, cue.item)} is over.`, tone: "bad" }];
    case "recordingFailed":
      return [{ at, text: `The recording failed: ${cue.message}`, tone: "bad" }];
    default:
      return [];
  }
}

/** `reason` is a sentence. A text that was refused is shown, so that it is not lost. */
export function sayRefused(command: Events["refused"]["command"], reason: string): Line {
  const what = command.type === "chat.send" ? `“${command.text}”` : command.type;
  return { text: `✗ ${what}: ${reason}`, tone: "bad" };
}

export const nameOf = ({ context: { meeting } }: MeetingState, user: string): string =>
  (Object.hasOwn(meeting.participants, user) ? meeting.participants[user]?.name : undefined) ??
  meeting.removed.find((removed) => removed.user === user)?.name ??
  user;

/** One per event type, so that a new one does not compile until it has its words. */
const sayings: { readonly [T in MeetingEvent["type"]]: (event: Told<T>, state: MeetingState, by: string) => Saying } = {
  "participant.joined": ({ role }) => (role === "member" ? "joined" : `joined as ${role}`),
  "participant.left": ({ user }, state) => (Object.hasOwn(state.context.meeting.participants, user) ? "left on one device" : "left"),
  "participant.away": () => "lost the connection",
  "participant.back": () => "is back",

  "meeting.start": () => "started the meeting",
  "meeting.end": () => "ended the meeting",
  "meeting.lock": ({ locked }) => (locked ? "locked the meeting" : "unlocked the meeting"),
  "status.set": ({ status }) => `is ${status}`,
  "member.promote": ({ user, role }, state) => `made ${nameOf(state, user)} ${role}`,
  "member.demote": ({ user, role }, state) => `made ${nameOf(state, user)} ${role}`,
  "member.mute": ({ user }, state) => `muted ${nameOf(state, user)}`,
  "member.unmute": ({ user }, state) => `unmuted ${nameOf(state, user)}`,
  "member.remove": ({ user }, state) => `removed ${nameOf(state, user)}`,
  "member.readmit": () => "let somebody come back who was removed",

  "chat.send": ({ text }) => text,
  react: () => undefined, // its cue says it

  "hand.raise": () => "raised a hand",
  "hand.lower": ({ user }, state, by) =>
    user === undefined || user === by ? "lowered the hand" : `lowered the hand of ${nameOf(state, user)}`,
  "floor.take": () => "has the floor",
  "floor.give": ({ user }, state) => `gave the floor to ${nameOf(state, user)}`,
  "floor.yield": () => "yielded the floor",
  "screen.share": () => "shares the screen",
  "screen.stop": ({ user }, state, by) =>
    user === undefined || user === by ? "stopped sharing" : `stopped the sharing of ${nameOf(state, user)}`,

  "agenda.add": ({ title, minutes }) => `put “${title}” on the agenda, ${minutes} min`,
  "agenda.remove": () => "took an item off the agenda",
  "agenda.start": ({ item }, state) => `started ${titleOf(state, item)}`,
  "agenda.finish": () => "finished the running item",

  "poll.open": ({ question, options }) => [`asks: ${question}`, ...options.map((option, i) => `  ${i + 1}  ${option}`)],
  "poll.vote": ({ poll, option }, state) => `voted for ${option + 1}${optionOf(state, poll, option)}`,
  "poll.close": ({ poll }, state) => [`closed the poll: ${pollOf(state, poll)?.question ?? ""}`, ...resultOf(state, poll)],

  "recording.start": () => "wants this recorded",
  "recording.stop": () => "stopped the recording",
  "xstate.done.actor.recorder": ({ output }, state) =>
    state.context.meeting.recording.file === output.file ? `The recording is saved: ${output.file}` : "This meeting is being recorded.",
  "xstate.error.actor.recorder": () => undefined, // its cue says it
};

const titleOf = ({ context }: MeetingState, item: string): string => {
  const title = context.meeting.agenda.find(({ id }) => id === item)?.title;
  return title === undefined ? "an item" : `“${title}”`;
};
const pollOf = ({ context }: MeetingState, poll: string) => context.meeting.polls.find(({ id }) => id === poll);
const optionOf = (state: MeetingState, poll: string, option: number): string => {
  const text = pollOf(state, poll)?.options[option];
  return text === undefined ? "" : ` (${text})`;
};

/** Its options with their numbers and votes. */
export function resultOf(state: MeetingState, poll: string): readonly string[] {
  const { options, votes } = pollOf(state, poll) ?? { options: [], votes: {} };
  return options.map((text, i) => `  ${i + 1}  ${text}: ${Object.values(votes).filter((option) => option === i).length}`);
}
