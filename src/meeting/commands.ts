/** What a client may ask of a meeting, as Valibot entries per command. From: the room type's definition. The machine's own payload types are proved equal in test/types/. */
import * as v from "valibot";
import {
  agendaItemMinutesMax,
  agendaTitleCharsMax,
  chatTextCharsMax,
  emojiCharsMax,
  pollOptionCharsMax,
  pollOptionsMax,
  pollOptionsMin,
  pollQuestionCharsMax,
} from "../../machines/meeting.ts";

const idCharsMax = 128;

/** A user, an item or a poll: opaque to the schema, the machine knows whether it exists. */
const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(idCharsMax));
const Text = (charsMax: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(charsMax));
const Whole = (min: number, max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
const Role = v.picklist(["host", "cohost", "member", "observer"]);
const Options = v.pipe(
  v.array(Text(pollOptionCharsMax)),
  v.minLength(pollOptionsMin),
  v.maxLength(pollOptionsMax),
  v.check((options) => new Set(options).size === options.length, "The options must differ."),
);

/** Keys are event types of machines/meeting.ts; unknown keys of a payload are refused. Texts are trimmed. */
export const meetingCommands = {
  "meeting.start": {},
  "meeting.end": {},
  "meeting.lock": { locked: v.boolean() },
  "recording.start": {},
  "recording.stop": {},
  "hand.raise": {},
  "hand.lower": { user: v.exactOptional(Id) },
  "floor.take": {},
  "floor.give": { user: Id },
  "floor.yield": {},
  "screen.share": {},
  "screen.stop": { user: v.exactOptional(Id) },
  "status.set": { status: v.picklist(["online", "away"]) },
  "member.promote": { user: Id, role: Role },
  "member.demote": { user: Id, role: Role },
  "member.mute": { user: Id },
  "member.unmute": { user: Id },
  "member.remove": { user: Id },
  "member.readmit": { user: Id },
  "chat.send": { text: Text(chatTextCharsMax) },
  "agenda.add": { title: Text(agendaTitleCharsMax), minutes: Whole(1, agendaItemMinutesMax) },
  "agenda.remove": { item: Id },
  "agenda.start": { item: Id },
  "agenda.finish": {},
  "poll.open": { question: Text(pollQuestionCharsMax), options: Options },
  "poll.vote": { poll: Id, option: Whole(0, pollOptionsMax - 1) },
  "poll.close": { poll: Id },
  react: { emoji: v.pipe(v.string(), v.maxLength(emojiCharsMax), v.emoji()) },
} satisfies Record<string, v.ObjectEntries>;
