/** The server is killed and started again under clients of the real library that go on sending. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { createRoom, type Room, type Settled } from "../../src/client/index.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { CommandOf } from "../../src/room/define-room.ts";
import { ChildServer } from "../support/child-server.ts";
import { stateText } from "../support/client.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";

const rounds = Number(process.env["KILL_ROUNDS"] ?? 6);

interface Given {
  readonly command: CommandOf<typeof meeting>;
  readonly sent: ReturnType<Room<typeof meeting>["send"]>;
  outcome: Settled<typeof meeting> | undefined;
}

test(`[L2] [L4] [L14] a server killed ${rounds} times under clients that go on sending: nothing lost, nothing twice`, async () => {
  await using server = await ChildServer.make("test/crash/quorate.config.ts");
  await server.start();
  const url = new URL(server.url("meeting/live"));
  const people = ["Host", "Ben", "Cyn"].map((name) => {
    const room = createRoom(meeting, { url: `http://${url.host}`, id: "live", token: name });
    const given: Given[] = [];
    const troubles: unknown[] = [];
    room.on("trouble", (trouble) => troubles.push(trouble));
    const send = (command: CommandOf<typeof meeting>) => {
      const entry: Given = { command, sent: room.send(command), outcome: undefined };
      given.push(entry);
      void entry.sent.settled.then((outcome) => {
        entry.outcome = outcome;
      });
    };
    return { name, room, given, send, troubles };
  });
  await Promise.all(people.map(({ room }) => room.whenSynced()));
  people[0]?.send({ type: "meeting.start" });

  let open = 0;
  for (let round = 0; round < rounds; round++) {
    let left = 60;
    const burst = setInterval(() => {
      for (const { send, name } of people) {
        send({ type: "chat.send", text: `${name} ${round}.${left}` });
        if (left % 3 === 0) send({ type: "hand.raise" });
        if (left % 5 === 0) send({ type: "meeting.start" }); // refused: it runs
      }
      if (--left === 0) clearInterval(burst);
    }, 2);
    await until(people[0]?.room as Room<typeof meeting>, () => left < 40);
    await server.kill();
    open += people.reduce((sum, { room }) => sum + room.pending.length, 0);
    await server.start();
    for (const { room } of people) room.connect(); // the next attempt, without waiting for its turn
    await Promise.all(people.map(({ room }) => until(room, () => left === 0 && room.connection.status === "live")));
    await Promise.all(people.map(({ room }) => room.whenSynced()));
  }

  const top = Math.max(...people.map(({ room }) => room.rev));
  await Promise.all(people.map(({ room }) => until(room, () => room.rev >= top)));
  const states = new Set(people.map(({ room }) => stateText(room.state)));
  expect(states.size).toBe(1);
  const senders = people.map(({ room, given }) => ({
    client: room.me?.client ?? "",
    settled: given.map(({ command, sent, outcome }) => ({ seq: sent.seq, event: command, ok: outcome?.ok === true })),
  }));
  for (const { given, troubles } of people) {
    expect(troubles).toEqual([]);
    expect(given.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    expect(given.map(({ sent }) => sent.seq)).toEqual(given.map((_, i) => i + 1));
  }
  for (const { room } of people) await room.close();
  expect(await server.stop()).toBe(0);
  const { ops, state } = await readJournal(meeting, "meeting/live", join(server.data, "rooms.db"), top);
  expect(state).toBe([...states][0] as string);
  expect(wrongFates(ops, senders)).toEqual([]);
  const all = people.flatMap(({ given }) => given);
  expect(all.filter(({ outcome }) => outcome?.ok).length).toBeGreaterThan(rounds * 100);
  expect(all.filter(({ outcome }) => outcome?.ok === false).length).toBeGreaterThan(rounds * 10);
  expect(open, "commands whose fate was open at a kill").toBeGreaterThan(0);
}, 120_000);

/** Asked again after every change of the room, and while the burst goes on. */
function until(room: Room<typeof meeting>, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!condition()) return;
      stop();
      clearInterval(poll);
      resolve();
    };
    const stop = room.subscribe(check);
    const poll = setInterval(check, 5);
    check();
  });
}
