/** Four people send without a pause, the server is killed, they come back: so many times over. From: kill.test.ts. */
import { meeting } from "../../src/meeting/room.ts";
import type { ChildServer } from "../support/child-server.ts";
import { Sender } from "../support/sender.ts";
import { aftermath } from "./aftermath.ts";

/** Commands of each person between two kills. */
const burst = 60;

export interface KillRun {
  /** What is wrong, for people. */
  readonly problems: readonly string[];
  readonly accepted: number;
  readonly refused: number;
  /** Of the bursts' commands: those that were acknowledged or refused before the kill … */
  readonly told: number;
  /** … and those without a fate: in flight, or given to a server that was dead. */
  readonly open: number;
  /** Of the open ones: decided and durable, and nobody had been told. */
  readonly untold: number;
}

/** The server runs before, and is stopped at the end. */
export async function killRun(server: ChildServer, room: string, rounds: number, next: () => number): Promise<KillRun> {
  const senders = ["Host", "Ben", "Cy", "Di"].map((name, i) => new Sender(meeting, () => server.url(room), `c${i}`, name));
  await Promise.all(senders.map((sender) => sender.connect()));
  senders[0]?.send({ type: "meeting.start" });
  const problems: string[] = [];
  let [told, open, untold] = [0, 0, 0];
  for (let round = 0; round < rounds && problems.length === 0; round++) {
    await killed(server, senders, round, next);
    const before = pending(senders);
    open += before;
    told += burst * senders.length - before;
    await server.start();
    await Promise.all(senders.map((sender) => sender.connect()));
    for (const { client, connection } of senders)
      if (connection?.welcome?.recovered !== "resumed") problems.push(`[L4] ${client} is told: ${connection?.welcome?.recovered}`);
    if (problems.length > 0) break; // what they send now, this server would have to be told about the lost history first
    untold += before - pending(senders);
    for (const sender of senders) await sender.allSettled();
  }
  problems.push(...(await aftermath(server, room, senders)));
  const settled = senders.flatMap((sender) => sender.settled);
  const accepted = settled.filter(({ ok }) => ok).length;
  return { problems, accepted, refused: settled.length - accepted, told, open, untold };
}

/** The kill falls somewhere into a burst: between receipt, decision, commit and telling. The rest of it is given to a server that is dead. */
async function killed(server: ChildServer, senders: readonly Sender[], round: number, next: () => number): Promise<void> {
  const give = (i: number) => senders.map((sender) => ({ sender, seq: sender.send(someCommand(next, sender, round, i)) }));
  const whileAlive = Math.floor(burst * (0.2 + 0.8 * next()));
  for (let i = 0; i < whileAlive; i++) {
    const given = give(i);
    // In small portions, so that many batches are at many stages.
    if (next() < 0.5) await new Promise((resolve) => setTimeout(resolve, next() * 8));
    // However slow this machine is, some kills fall close behind acknowledgements.
    const asked = next() < 0.06 ? given[Math.floor(next() * given.length)] : undefined;
    await asked?.sender.connection?.fate(asked.seq);
  }
  const gone = server.kill();
  for (let i = whileAlive; i < burst; i++) give(i);
  await gone;
  for (const sender of senders) await sender.connection?.end();
  for (const sender of senders) sender.lost();
}

const pending = (senders: readonly Sender[]): number => senders.reduce((sum, sender) => sum + sender.pending, 0);

function someCommand(next: () => number, sender: Sender, round: number, i: number) {
  const dice = next();
  if (dice < 0.6) return { type: "chat.send", text: `${sender.client} ${round}.${i}` };
  if (dice < 0.75) return { type: "hand.raise" };
  if (dice < 0.9) return { type: "hand.lower" };
  return { type: "meeting.start" }; // refused: it runs
}
