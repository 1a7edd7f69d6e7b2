import { describe, expect, test } from "bun:test";
import { meeting } from "../../src/meeting/room.ts";
import { ChildServer } from "../support/child-server.ts";
import { type Frame, TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { Sender } from "../support/sender.ts";
import { aftermath } from "./aftermath.ts";
import { limited, smallDisks } from "./small-disk.ts";
import { Survivor } from "./survivor.ts";

const room = "meeting/full";
const testMsMax = 60_000;

for (const [name, make] of Object.entries(smallDisks()))
  describe(`a full disk (${name})`, () => {
    test(
      "[L12] [L4] [CMD-4]: commands wait, reads and presence go on; with room again they are taken, without a restart",
      async () => {
        await using server = await ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
        await using disk = make(server);
        await server.start();
        const { host, ben, ada } = await gathered(server);

        disk.fill();
        const seq = ben.send({ type: "chat.send", text: "Does it take this?" });
        ada.say("And this?");
        expect((await heard(ben, "error")).payload).toMatchObject({ code: "UNAVAILABLE", seq, retryable: true, retryAfterMs: 1_000 });
        await eventually(() => !ada.room.connection.saving, "Ada to be told");
        expect(ada.room.connection.status).toBe("live");
        expect(ada.room.pending.map(({ predicted }) => predicted)).toEqual([true]);
        await readsGoOn(server, host, ben, ada);
        expect(codesOf(server)).toContain(disk.alarm);
        expect(ben.pending, "nothing was taken").toBe(1);

        disk.free();
        await ada.synced();
        expect(ada.room.connection.saving).toBe(true);
        await sentAgain(ben);
        await host.allSettled();
        expect(ada.told.get("And this?")).toMatchObject({ ok: true });
        expect(ben.connection?.closed, "no restart, not even a new connection").toBeUndefined();
        await left(ada, host, ben);
        expect(ada.troubles).toEqual([]);
        expect(await aftermath(server, room, [host, ben])).toEqual([]);
      },
      testMsMax,
    );

    test(
      "[L2] [L4]: killed when it is full, started when it is full: it serves once there is room, and nothing is lost or twice",
      async () => {
        await using server = await ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
        await using disk = make(server);
        await server.start();
        const { host, ben, ada } = await gathered(server);
        disk.fill();
        ben.send({ type: "chat.send", text: "Does it take this?" });
        ada.say("And this?");
        await heard(ben, "error");
        await server.kill();
        for (const sender of [host, ben]) await gone(sender);

        await server.start();
        expect((await fetch(server.http("/livez"))).status).toBe(200);
        expect((await fetch(server.http("/readyz"))).status).toBe(503);
        // A join is an op, so nobody can come in; they are told to come again.
        const early = new TestClient(meeting, server.url(room), { client: "early", token: "Early" });
        expect((await early.end()).code).toBe(1012);
        expect(early.of("closing")[0]?.payload).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 1_000 });

        disk.free();
        for (const sender of [host, ben]) await connected(sender);
        await ben.allSettled();
        await ada.synced();
        expect(ada.told.get("And this?")).toMatchObject({ ok: true });
        expect(ada.asked, "its fate is known: nobody has to be asked").toEqual([]);
        expect([ben.connection?.welcome?.recovered, ada.recovered]).toEqual(["resumed", "resumed"]);
        await left(ada, host, ben);
        expect(await aftermath(server, room, [host, ben])).toEqual([]);
      },
      testMsMax,
    );

    test(
      "[L2] [L4]: SIGTERM when it is full: it drains and ends with 0, and the next start has all that was acknowledged",
      async () => {
        await using server = await ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
        await using disk = make(server);
        await server.start();
        const { host, ben, ada } = await gathered(server);
        disk.fill();
        ben.send({ type: "chat.send", text: "Does it take this?" });
        await heard(ben, "error");
        expect(await server.stop()).toBe(0);
        for (const sender of [host, ben]) await gone(sender);

        disk.free();
        await server.start();
        for (const sender of [host, ben]) await connected(sender);
        await ben.allSettled();
        await ada.synced();
        await left(ada, host, ben);
        expect(await aftermath(server, room, [host, ben])).toEqual([]);
      },
      testMsMax,
    );
  });

test(
  "[L4] canary: a server that acknowledges what a full disk did not take is caught",
  async () => {
    await using server = await ChildServer.make("test/crash/early/quorate.config.ts", {}, { keepErrors: true });
    await using disk = limited(server);
    await server.start();
    const { host, ben, ada } = await gathered(server);
    await Bun.sleep(200); // until its late writes are done, so that what is missing is what the disk did not take
    disk.fill();
    ben.send({ type: "chat.send", text: "Does it take this?" });
    await ben.allSettled();
    expect(ben.settled.at(-1)?.ok).toBe(true);
    await Bun.sleep(200); // and those of what it should not have acknowledged have failed
    await ada.room.close();
    disk.free();
    expect(await aftermath(server, room, [host, ben])).toContain("[L2] [L4] ben 2 was told accepted, the journal has 0");
  },
  testMsMax,
);

async function gathered(server: ChildServer): Promise<{ host: Sender; ben: Sender; ada: Survivor }> {
  const host = new Sender(meeting, () => server.url(room), "host", "Host");
  const ben = new Sender(meeting, () => server.url(room), "ben", "Ben");
  const ada = new Survivor(server.url(room), "Ada");
  for (const sender of [host, ben]) await sender.connect();
  host.send({ type: "meeting.start" });
  await host.allSettled();
  await ada.synced();
  ben.send({ type: "chat.send", text: "before" });
  ada.say("before");
  await ben.allSettled();
  await ada.synced();
  return { host, ben, ada };
}

/** Presence, pings and snapshots of the one who is there; who is not there is told to come again. */
async function readsGoOn(server: ChildServer, host: Sender, ben: Sender, ada: Survivor): Promise<void> {
  ada.room.presence.set({ cursor: [3, 4] });
  const who = ada.room.me?.who ?? 0;
  await ben.connection?.until(() => (ben.connection?.presence.get(who) as { cursor?: number[] })?.cursor?.[1] === 4, "Ada's cursor");
  host.connection?.raw({ type: "ping", payload: { rev: host.connection.rev } });
  expect((await heard(host, "pong")).payload.rev).toBe(host.connection?.rev);
  host.connection?.raw({ type: "resync", payload: { reason: "asked" } });
  expect((await heard(host, "snapshot", 1)).payload).toMatchObject({ reason: "asked", rev: host.connection?.rev });
  expect((await fetch(server.http("/readyz"))).status).toBe(503);
  expect((await fetch(server.http("/livez"))).status).toBe(200);
  for (const elsewhere of [room, "meeting/new"]) {
    const late = new TestClient(meeting, server.url(elsewhere), { client: "late", token: "Late" });
    expect((await late.end()).code).toBe(1012);
    expect(late.of("closing")[0]?.payload).toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 1_000 });
  }
}

/** The frame of that type after so many of them. */
async function heard({ connection }: Sender, type: string, after = 0): Promise<Frame> {
  await connection?.until(() => connection.of(type).length > after, `a frame '${type}'`);
  return connection?.of(type)[after] as Frame;
}

/** As CMD-4 asks of a client: again from the seq, after the time, until it has a fate. */
async function sentAgain(sender: Sender): Promise<void> {
  const { connection } = sender;
  await connection?.until(() => {
    const last = connection.frames.at(-1);
    return last?.type === "delta";
  }, "a delta: it saves again");
  connection?.raw({
    type: "command",
    payload: { seq: connection.of("error").at(-1)?.payload.seq, event: { type: "chat.send", text: "Does it take this?" } },
  });
  await sender.allSettled();
}

/** Its connection, with the server. */
async function gone(sender: Sender): Promise<void> {
  await sender.connection?.end();
  sender.lost();
}

/** And the others have seen it. */
async function left(ada: Survivor, ...others: readonly Sender[]): Promise<void> {
  await ada.room.leave();
  for (const { connection } of others) await connection?.until(() => connection.roster.size === others.length, "Ada to leave");
}

/** Comes again while it is told to. */
async function connected(sender: Sender): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await sender.connect();
    } catch (error) {
      if (attempt > 20) throw error;
      await Bun.sleep(200);
    }
  }
}

const codesOf = (server: ChildServer): string[] => server.errors.map((line) => (JSON.parse(line) as { code: string }).code);
