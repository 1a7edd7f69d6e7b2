/** A new release, after a crash, under clients of the old one that go on: real processes, the product's own client. */
import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRoom, type Room, type Settled } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import type { CommandOf } from "../../src/room/define-room.ts";
import { ChildServer } from "../support/child-server.ts";
import { stateText } from "../support/client.ts";
import { desk, desk2, hall, hall2 } from "../support/desk.ts";
import { eventually } from "../support/eventually.ts";
import { readJournal, wrongFates } from "../support/read-journal.ts";

const release = (server: ChildServer, name: string) => writeFile(join(server.data, "release"), name);
const optionsOf = (server: ChildServer, room: string, token: string) => ({ url: new URL(server.url(room)).origin, id: "r", token });

/** Somebody who notes what they gave and what became of it. */
class Writer {
  readonly name: string;
  readonly room: Room<typeof desk>;
  readonly settled: { readonly seq: number; readonly event: CommandOf<typeof desk>; readonly ok: boolean; readonly code?: string }[] = [];
  readonly troubles: string[] = [];

  constructor(server: ChildServer, name: string) {
    this.name = name;
    this.room = createRoom(desk, { ...optionsOf(server, "desk/r", name), newId: () => name.toLowerCase() });
    this.room.on("trouble", ({ code, message }) => this.troubles.push(`${code}: ${message}`));
  }

  give(event: CommandOf<typeof desk>): void {
    const { seq, settled } = this.room.send(event);
    void settled.then((outcome: Settled<typeof desk>) =>
      this.settled.push({ seq, event, ok: outcome.ok, ...(outcome.ok ? {} : { code: outcome.code }) }),
    );
  }

  async synced(): Promise<void> {
    const { room } = this;
    await eventually(() => room.connection.status === "live" && room.pending.length === 0, `${this.name} to be in step`, 20_000);
  }
}

test("[L2] [L4] [L7] [L14] killed under load and started as version 2: clients of version 1 go on, one of version 2 joins, nothing is lost or twice", async () => {
  await using server = await ChildServer.make("test/crash/upgrade/quorate.config.ts", {}, { keepErrors: true });
  await server.start();
  const writers = ["Ann", "Ben"].map((name) => new Writer(server, name));
  await Promise.all(writers.map((writer) => writer.synced()));
  const write = (i: number) => {
    for (const writer of writers) writer.give(i % 10 === 9 ? { type: "turn" } : { type: "note", text: `${writer.name} ${i}` });
  };
  for (let i = 0; i < 100; i++) {
    write(i);
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await eventually(() => writers.every(({ settled }) => settled.length > 30), "some to be acknowledged");
  for (let i = 100; i < 120; i++) write(i); // no snapshot has these
  await server.kill();
  for (let i = 120; i < 140; i++) write(i);
  for (const writer of writers) writer.give({ type: "erase" });
  for (let i = 140; i < 150; i++) write(i);
  const open = writers.reduce((sum, { room }) => sum + room.pending.length, 0);

  await release(server, "2");
  await server.start();
  const cyn = createRoom(desk2, { ...optionsOf(server, "desk/r", "Cyn"), newId: () => "cyn" });
  for (const { room } of writers) room.connect();
  await Promise.all([cyn.whenSynced(), ...writers.map((writer) => writer.synced())]);
  expect(await cyn.send({ type: "tick", text: "Ann 0" }).settled).toMatchObject({ ok: true });
  await eventually(() => writers.every(({ room }) => room.rev === cyn.rev), "all to be at one rev");

  // Everything that was given has one fate; `erase` is no command any more.
  for (const { settled, troubles, name } of writers) {
    expect(settled.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 151 }, (_, i) => i + 1));
    expect(settled.filter(({ event }) => event.type === "erase")).toMatchObject([{ ok: false, code: "command" }]);
    const mine = cyn.state.context.notes.filter(({ text }) => text.startsWith(name)).map(({ text }) => text);
    expect(mine).toEqual(Array.from({ length: 150 }, (_, i) => i).flatMap((i) => (i % 10 === 9 ? [] : [`${name} ${i}`])));
    expect(troubles).toEqual([]);
  }
  for (const { room } of writers) expect(stateText(room.state as never)).toBe(stateText(cyn.state));
  expect(cyn.state.context.notes.find(({ text }) => text === "Ann 0")).toEqual({ text: "Ann 0", isDone: true });
  expect(server.errors, "alarms").toEqual([]);
  expect(open, "commands were open over the restart").toBeGreaterThan(60);

  const { rev } = cyn;
  const served = stateText(cyn.state);
  for (const { room } of writers) await room.close();
  await cyn.close();
  expect(await server.stop()).toBe(0);
  const { ops, state, alarms } = await readJournal(desk2, "desk/r", join(server.data, "rooms.db"), rev);
  expect(alarms).toEqual([]);
  expect(state).toBe(served);
  expect(ops.map((op) => op.rev)).toEqual(ops.map((_, i) => i + 1));
  expect(ops.filter(({ version }) => version !== undefined)).toMatchObject([{ version: 2 }]);
  expect(
    wrongFates(
      ops,
      writers.map(({ name, settled }) => ({ client: name.toLowerCase(), settled })),
    ),
  ).toEqual([]);
}, 60_000);

test("a client whose machine cannot take the new state says that it has to reload; what it was asked for is done then, once", async () => {
  await using server = await ChildServer.make("test/crash/upgrade/quorate.config.ts", {}, { keepErrors: true });
  await server.start();
  const storage = memoryStorage();
  const old = createRoom(hall, { ...optionsOf(server, "hall/r", "Ann"), storage });
  await old.send({ type: "note", text: "before" }).settled;
  await server.kill();
  old.send({ type: "note", text: "meanwhile" });
  await release(server, "2");
  await server.start();
  old.connect();
  await eventually(() => old.connection.status === "stuck", "it to give up");
  expect(old.connection.reason).toBe("The server has another version: reload.");
  await old.close();

  const reloaded = createRoom(hall2, { ...optionsOf(server, "hall/r", "Ann"), storage });
  await reloaded.whenSynced();
  expect(reloaded.state.value).toMatchObject({ lamp: "off" });
  expect(reloaded.state.context.notes.map(({ text }) => text)).toEqual(["before", "meanwhile"]);
  expect(server.errors, "alarms").toEqual([]);
  await reloaded.close();
}, 60_000);

test("a release that cannot bring the room over tells its clients, and changes nothing; they come back by themselves to one that can", async () => {
  await using server = await ChildServer.make("test/crash/upgrade/quorate.config.ts", {}, { keepErrors: true });
  await server.start();
  const ann = new Writer(server, "Ann");
  ann.give({ type: "note", text: "a" });
  await ann.synced();
  await server.kill();
  ann.give({ type: "note", text: "b" });
  await release(server, "broken");
  await server.start();
  ann.room.connect();
  const { room } = ann;
  await eventually(() => room.connection.reason?.startsWith("This version of the server cannot open this room") ?? false, "it to be told");
  expect(server.errors.join("\n")).toContain(
    "desk/r cannot be brought from version 1 to version 2, and is kept as it is: 'desk' has no `migrate`",
  );
  await server.kill();
  await release(server, "2");
  await server.start();
  await ann.synced();
  expect(room.state.context.notes as unknown).toEqual([
    { text: "a", isDone: false },
    { text: "b", isDone: false },
  ]);
  expect(ann.settled.map(({ ok }) => ok)).toEqual([true, true]);
  await room.close();
}, 60_000);
