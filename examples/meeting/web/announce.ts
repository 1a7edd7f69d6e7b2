/** Tells what the others do. From: the room's ops and cues. To: the toasts. */
import type { MeetingEvent } from "../../../machines/meeting.ts";
import type { Toasts } from "../../shared/toasts.ts";
import type { MeetingRoom } from "./meeting-room.ts";
import { articleOf } from "./roles.ts";

export function announce(room: MeetingRoom, toasts: Toasts): void {
  // Who was there before the ops that come in: the machine forgets those who leave.
  let before = room.confirmed.context.meeting.participants;
  room.subscribe(() => {
    before = room.confirmed.context.meeting.participants;
  });
  room.on("op", ({ by, event, live }) => {
    if (!live) return;
    const { participants } = room.confirmed.context.meeting;
    const nameOf = (user: string) => shortName((participants[user] ?? before[user])?.name ?? user);
    const said = event as MeetingEvent;
    if (said.type === "participant.joined") {
      if (said.user !== room.me?.user && !isHere(room, said.user, 2)) toasts.tellJoined(shortName(said.name));
      return;
    }
    // Somebody who was removed leaves once more, when their connection ends.
    if (said.type === "participant.left" && !Object.hasOwn(before, said.user)) return;
    const text = sentence(room, said, { user: by.user, name: shortName(by.name) }, nameOf);
    if (text !== undefined) toasts.tell(text);
  });
  room.on("cue", (cue) => {
    switch (cue.type) {
      case "handRaised":
        if (cue.user !== room.me?.user) toasts.tell(`${shortName(cue.name)} raised a hand`);
        break;
      case "participant.removed":
        if (cue.user !== room.me?.user) toasts.tell(`${shortName(cue.name)} was removed`);
        break;
      case "recordingFailed":
        toasts.tell(`Recording failed: ${cue.message}`, "bad");
        break;
      case "itemOvertime":
        toasts.tell(`Time is up for “${titleOf(room, cue.item)}”`, "bad");
        break;
    }
  });
  announceRecording(room, toasts);
}

/** What to say of an op; nothing of most, and little of one's own. */
function sentence(
  room: MeetingRoom,
  event: MeetingEvent,
  by: { readonly user: string; readonly name: string },
  nameOf: (user: string) => string,
): string | undefined {
  const me = room.me?.user;
  switch (event.type) {
    case "participant.left":
      return event.user === me || isHere(room, event.user, 1) ? undefined : `${nameOf(event.user)} left`;
    case "meeting.start":
      return "The meeting has started";
    case "meeting.end":
      return "The meeting has ended";
    case "floor.give":
      return event.user === me ? `${by.name} gave you the floor` : `${nameOf(event.user)} has the floor`;
    case "member.promote":
    case "member.demote":
      return event.user === me ? `You are ${articleOf(event.role)} now` : undefined;
    case "member.mute":
      return event.user === me ? `${by.name} muted you` : undefined;
    case "member.unmute":
      return event.user === me ? `${by.name} unmuted you` : undefined;
  }
  if (by.user === me) return undefined;
  switch (event.type) {
    case "meeting.lock":
      return `${by.name} ${event.locked ? "locked" : "unlocked"} the meeting`;
    case "floor.take":
      return `${by.name} has the floor`;
    case "screen.share":
      return `${by.name} is sharing a screen`;
    case "poll.open":
      return `New poll: ${event.question}`;
    case "agenda.start":
      return `Now on the agenda: ${titleOf(room, event.item)}`;
    default:
      return undefined;
  }
}

/** The recorder reports to the machine, so what counts is where the machine goes. */
function announceRecording(room: MeetingRoom, toasts: Toasts): void {
  let before: string | undefined;
  room.subscribe(() => {
    if (room.rev < 0) return;
    const now = room.confirmed.value.recording;
    if (before === "starting" && now === "on") toasts.tell("Recording started", "good");
    const { file } = room.confirmed.context.meeting.recording;
    if (before === "stopping" && now === "off" && file !== null) toasts.tell(`Recording saved: ${file}`, "good");
    before = now;
  });
}

const isHere = (room: MeetingRoom, user: string, sessionsMin: number): boolean => {
  const { participants } = room.confirmed.context.meeting;
  return Object.hasOwn(participants, user) && (participants[user]?.sessions ?? 0) >= sessionsMin;
};
const titleOf = (room: MeetingRoom, item: string): string =>
  room.confirmed.context.meeting.agenda.find(({ id }) => id === item)?.title ?? "the item";

/** A notice is short, and what happened must not be cut off by who it was. */
const namePointsMax = 28;
function shortName(name: string): string {
  const points = [...name];
  return points.length <= namePointsMax ? name : `${points.slice(0, namePointsMax).join("")}…`;
}
