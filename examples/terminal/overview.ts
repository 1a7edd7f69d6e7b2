/** Who is here and how things stand, for `/who`, `/status` and whoever just came in. From: terminal.ts, feed.ts. */
import { type MeetingState, newestPoll } from "./commands.ts";
import { type Line, nameOf, resultOf } from "./say.ts";

export function whoIsHere({ context: { meeting } }: MeetingState): readonly Line[] {
  return Object.entries(meeting.participants).map(([user, { name, role, status, muted }]) => {
    const marks = [
      role,
      status === "away" ? "away" : "",
      muted ? "muted" : "",
      meeting.speaker === user ? "has the floor" : "",
      meeting.screen === user ? "shares the screen" : "",
      meeting.hands.includes(user) ? "hand raised" : "",
    ];
    return { who: name, text: `(${marks.filter((mark) => mark !== "").join(", ")})`, tone: "quiet" };
  });
}

export function howThingsStand(state: MeetingState): readonly Line[] {
  const { meeting } = state.context;
  const poll = newestPoll(state);
  const texts = [
    `${phases[state.value.phase]}${meeting.locked ? " It is locked." : ""}`,
    meeting.speaker === null ? "The floor is free." : `${nameOf(state, meeting.speaker)} has the floor.`,
    meeting.hands.length === 0 ? "" : `Hands: ${meeting.hands.map((user) => nameOf(state, user)).join(", ")}.`,
    recordings[state.value.recording],
    ...meeting.agenda.map(({ title, minutes, state }) => `${marks[state]} ${title}, ${minutes} min`),
    ...(poll === undefined ? [] : [`Poll: ${poll.question}`, ...resultOf(state, poll.id)]),
  ];
  return texts.filter((text) => text !== "").map((text) => ({ text, tone: "quiet" }));
}

const phases = { lobby: "The meeting has not started.", live: "The meeting is live.", ended: "The meeting has ended." };
const recordings = { off: "", starting: "The recording starts.", on: "This is being recorded.", stopping: "The recording is being saved." };
const marks = { planned: "·", running: "▸", done: "✓" };
