/**
 * Who may do what in a meeting, written by hand from its rules and not from its machine. Each row has its own state, which the stage hands prepare
 * just before: Hugo and Hedy are hosts, Max and Pat members. Verdicts in the order host, cohost, member, observer: `ok`, or the guard that refuses.
 */
export type Role = "host" | "cohost" | "member" | "observer";
export type StageHand = "hugo" | "max";

export interface Command {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Row {
  /** What is asked. `made`: the id of what Hugo's last command made. */
  readonly ask: Command | ((ids: { readonly made: string }) => Command);
  /** Done before, in this order; some of it may be refused, since it is so already. `self`: the user who asks. */
  readonly given: readonly (readonly [
    by: StageHand,
    command: Command | ((ids: { readonly made: string; readonly self: string }) => Command),
  ])[];
  readonly verdicts: readonly [host: string, cohost: string, member: string, observer: string];
}

const all = ["ok", "ok", "ok", "ok"] as const;
const members = ["ok", "ok", "ok", "isMember"] as const;
const moderators = ["ok", "ok", "isModerator", "isModerator"] as const;
const hosts = ["ok", "isHost", "isHost", "isHost"] as const;
const ownOrModerators = ["ok", "ok", "isSelf", "isSelf"] as const;
const hostsOnHosts = ["ok", "mayTouch", "isModerator", "isModerator"] as const;

const row = (ask: Row["ask"], verdicts: Row["verdicts"], ...given: Row["given"]): Row => ({ ask, verdicts, given });
const max = "max";
const hedy = "hosthedy";
const item = { type: "agenda.add", title: "Budget", minutes: 5 };
const poll = { type: "poll.open", question: "Lunch?", options: ["soup", "rice"] };
const [promote, demote] = ["member.promote", "member.demote"];

/** In this order: the first is asked in the lobby, the last ends the meeting. */
export const rows: readonly Row[] = [
  row({ type: "meeting.start" }, hosts),
  row({ type: "status.set", status: "away" }, all, ["hugo", { type: "meeting.start" }]),
  row({ type: "chat.send", text: "hello" }, members),
  row({ type: "react", emoji: "🎉" }, members),

  row({ type: "hand.raise" }, members),
  row({ type: "hand.lower" }, ["ok", "ok", "ok", "handIsUp"]),
  row({ type: "hand.lower", user: max }, ownOrModerators, ["max", { type: "hand.raise" }]),
  row({ type: "floor.take" }, members),
  row({ type: "floor.give", user: max }, moderators),
  row({ type: "floor.yield" }, ["isSpeaker", "isSpeaker", "isSpeaker", "isSpeaker"], ["hugo", { type: "floor.give", user: max }]),
  row({ type: "floor.yield" }, ["ok", "ok", "ok", "isSpeaker"], ["hugo", ({ self }) => ({ type: "floor.give", user: self })]),
  row({ type: "screen.share" }, members),
  row({ type: "screen.stop" }, ["ok", "ok", "ok", "targetShares"]),
  row({ type: "screen.stop", user: max }, ownOrModerators, ["max", { type: "screen.share" }]),

  row({ type: "member.mute", user: max }, moderators, ["hugo", { type: "member.unmute", user: max }]),
  row({ type: "member.unmute", user: max }, moderators, ["hugo", { type: "member.mute", user: max }]),
  row({ type: "member.mute", user: hedy }, hostsOnHosts),
  row({ type: "member.unmute", user: hedy }, hostsOnHosts, ["hugo", { type: "member.mute", user: hedy }]),
  row({ type: promote, user: max, role: "cohost" }, moderators),
  row({ type: promote, user: max, role: "host" }, ["ok", "mayGrant", "isModerator", "isModerator"], ["hugo", { type: demote, user: max, role: "member" }]), // biome-ignore format: one thought
  row({ type: demote, user: max, role: "observer" }, moderators, ["hugo", { type: demote, user: max, role: "member" }]),
  row({ type: demote, user: hedy, role: "cohost" }, hostsOnHosts),
  row({ type: "member.remove", user: "pat" }, moderators),
  row({ type: "member.readmit", user: "pat" }, moderators, ["hugo", { type: "member.remove", user: "pat" }]),
  row({ type: "member.remove", user: hedy }, hostsOnHosts, ["hugo", { type: promote, user: hedy, role: "host" }]),
  row({ type: "meeting.lock", locked: true }, moderators),
  row({ type: "meeting.lock", locked: false }, moderators, ["hugo", { type: "meeting.lock", locked: true }]),

  row(item, moderators),
  row(({ made }) => ({ type: "agenda.remove", item: made }), moderators, ["hugo", item]),
  row(({ made }) => ({ type: "agenda.start", item: made }), moderators, ["hugo", item]),
  row({ type: "agenda.finish" }, moderators, ["hugo", item], ["hugo", ({ made }) => ({ type: "agenda.start", item: made })]),
  row(poll, moderators),
  row(({ made }) => ({ type: "poll.vote", poll: made, option: 1 }), members, ["hugo", poll]),
  row(({ made }) => ({ type: "poll.close", poll: made }), moderators, ["hugo", poll]),
  row({ type: "recording.start" }, moderators),
  row({ type: "recording.stop" }, moderators, ["hugo", { type: "recording.start" }]),
  row({ type: "meeting.end" }, hosts),
];
