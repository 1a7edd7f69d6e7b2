/** After a crash, and whatever came after it: is anything lost, twice, or different? The server is stopped for it. From: kill-run.ts, disk.test.ts. */
import { join } from "node:path";
import { meeting } from "../../src/meeting/room.ts";
import type { ChildServer } from "../support/child-server.ts";
import { together } from "../support/client.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";
import type { Sender } from "../support/sender.ts";

/** The senders are connected to `room`, and nothing of theirs is open. Gives what is wrong, for people. */
export async function aftermath(server: ChildServer, room: string, senders: readonly Sender[]): Promise<string[]> {
  const connections = senders.flatMap(({ connection }) => connection ?? []);
  await together(...connections);
  const head = connections[0]?.rev ?? 0;
  const states = new Set(connections.map((connection) => connection.state));
  const gaps = connections.reduce((sum, connection) => sum + connection.gaps, 0);
  const exitCode = await server.stop();
  const { ops, state, alarms } = await readJournal(meeting, room, join(server.data, "rooms.db"), head);
  // Draining closes the sockets; who was in the meeting stays in it for the grace, so nothing but `away` follows.
  const beyond = ops.slice(head).filter(({ event }) => event.type !== "participant.away");
  return [
    ...(states.size === 1 ? [] : [`[L14] the clients have ${states.size} different states`]),
    ...(states.has(state) ? [] : ["[L7] the replayed journal gives another state than the clients have"]),
    ...(gaps === 0 ? [] : [`[L6] clients saw ${gaps} gaps`]),
    ...(exitCode === 0 ? [] : [`the server ended with ${exitCode}`]),
    ...(alarms.length === 0 ? [] : [`[L4] the journal is damaged: ${JSON.stringify(alarms)}`]),
    ...(beyond.length === 0 ? [] : [`[L3] ${beyond.length} ops that no client heard of`]),
    ...ops.flatMap(({ rev }, i) => (rev === i + 1 ? [] : [`[L1] rev ${rev} is in place ${i + 1}`])).slice(0, 1),
    ...wrongFates(ops, senders).map((wrong) => `[L2] [L4] ${wrong}`),
    ...senders.flatMap(({ client, settled }) => {
      const seqs = settled.map(({ seq }) => seq).sort((a, b) => a - b);
      return seqs.every((seq, i) => seq === i + 1) ? [] : [`[L2] ${client} has no fate, or two, for one of its ${seqs.length} commands`];
    }),
  ];
}
