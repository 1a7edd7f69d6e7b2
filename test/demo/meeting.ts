/** What fifty people do in a meeting. From: main.ts, tick by tick. Seeded, so a run can be repeated. */
import type { Person } from "./person.ts";

export function everybody(count: number): { name: string; client: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    client: `p${i}`,
    name: i === 0 ? "Host" : i === 1 ? "Cohost" : i >= count - Math.ceil(count / 10) ? `Observer ${i}` : `Member ${i}`,
  }));
}

/** The host opens: agenda with a deadline, recording, a poll. */
export function begin(host: Person, random: () => number): void {
  host.send({ type: "meeting.start" });
  const agenda = host.send({ type: "agenda.add", title: "Where we stand", minutes: 1 });
  host.send({ type: "agenda.start", item: `${host.client}-${agenda}` });
  host.send({ type: "recording.start" });
  openPoll(host, random);
}

export function openPoll(host: Person, random: () => number): void {
  host.send({ type: "poll.open", question: `Shall we? ${Math.floor(random() * 1_000)}`, options: ["Yes", "No", "Later"] });
}

/** One person's turn; some of it is refused, and should be. */
export function turn(person: Person, random: () => number): void {
  const poll = person.room.state.context.meeting.polls.findLast(({ open }) => open)?.id ?? "none";
  const dice = random();
  if (dice < 0.35) person.send({ type: "chat.send", text: `${person.name}: ${Math.floor(random() * 1e6)}` });
  else if (dice < 0.5) person.send({ type: "hand.raise" });
  else if (dice < 0.62) person.send({ type: "hand.lower" });
  else if (dice < 0.8) person.send({ type: "poll.vote", poll, option: Math.floor(random() * 3) });
  else if (dice < 0.86) person.send({ type: "floor.take" });
  else if (dice < 0.92) person.send({ type: "floor.yield" });
  else if (dice < 0.97) person.send({ type: "react", emoji: "👍" });
  else if (dice < 0.985)
    person.send({ type: "recording.stop" }); // a moderator's alone
  else if (dice < 0.99)
    person.send({ type: "meeting.start" }); // it runs
  else if (dice < 0.995) person.send({ type: "chat.send", text: 5 });
  else person.send({ type: "chat.shout", text: "no such command" });
}

export function moveCursor(person: Person, random: () => number): void {
  person.room.presence.set({ cursor: [Math.floor(random() * 1_000), Math.floor(random() * 1_000)] });
}

/** Many commands of each, in turn. What has come is heard in between, as in any program that is not stuck. */
export async function chatter(chatting: readonly Person[], each: number): Promise<void> {
  for (let i = 0; i < each; i++) {
    for (const person of chatting) person.send({ type: "chat.send", text: `${i}` });
    await new Promise((resolve) => setImmediate(resolve));
  }
}
