/** What the live inspector shows of a meeting besides its states: counts and times, nothing that people wrote. From: room.ts, and `kit.inspect` of an extension. */
import type { Meeting } from "../../machines/meeting.ts";

export const inspectMeeting = ({ context: { meeting } }: { readonly context: { readonly meeting: Meeting } }) => ({
  startedAt: meeting.startedAt,
  endedAt: meeting.endedAt,
  locked: meeting.locked,
  hands: meeting.hands.length,
  hasSpeaker: meeting.speaker !== null,
  hasScreen: meeting.screen !== null,
  messages: meeting.chat.length,
  agendaItems: meeting.agenda.length,
  polls: meeting.polls.length,
});
