/** The end of a simulated run: the faults stop, and everything has to come right. From: run.ts. */
import type { Entry } from "../../src/journal/port.ts";
import { decodeOpRecord, type Op } from "../../src/room/op.ts";
import { checkJournal, checkPeople, checkReplay, makePeace } from "./audit.ts";
import { limits } from "./limits.ts";
import { checkTimeline } from "./timeline.ts";
import type { World } from "./world.ts";

export async function reckon(world: World): Promise<void> {
  const { oracle, clock, people } = world;
  world.calm();
  await makePeace(world);

  const { server } = world.lives;
  const hosted = server === undefined ? undefined : [...server.directory.rooms].find(({ name }) => name === world.roomName);
  if (server === undefined || hosted?.committed === undefined)
    return oracle.violate("L14", `the server is not back: ${JSON.stringify(world.lives.alarms.slice(-5))}`);
  checkPeople(world, hosted.committed);

  const ops = await readAll(world);
  checkJournal(world, world.disk.durable.get(world.roomName)?.epoch ?? "", ops);
  checkTimeline(world, world.lives.disturbances, ops);
  checkReplay(world, ops, [hosted.committed]);
  checkAlarms(world);

  for (const { room } of people) void room.leave();
  await clock.advance(2_000 + limits.graceMs + limits.idleRoomMs + 10_000);
  // A timer of the machine may have woken the room just now.
  if (server.directory.size > 0) await clock.advance(2 * limits.idleRoomMs + 40_000);
  if (server.directory.size > 0) oracle.violate("L14", `${server.directory.size} rooms are still loaded, though nobody is there`);
  if (server.connections > 0)
    oracle.violate("L14", `${server.connections} connections are left: ${[...world.watches.values()].map(({ user }) => user).join()}`);
  // The sweep, and at most one to wake a room.
  const timers = world.lives.life?.pending ?? 0;
  if (timers > 2) oracle.violate("L14", `no room is loaded, and ${timers} timers of the server run on`);
  for (const person of people) if (person.timers > 0) oracle.violate("L11", `${person.user} left, and ${person.timers} timers run on`);
}

async function readAll(world: World): Promise<Op[]> {
  const ops: Op[] = [];
  for (;;) {
    let entries: readonly Entry[] | undefined;
    void world.lives.server?.journal.read(world.roomName, (ops.at(-1)?.rev ?? 0) + 1).then((page) => {
      entries = page;
    });
    for (let waited = 0; entries === undefined; waited++) {
      if (waited > 100) throw new Error("the journal does not answer");
      await world.clock.advance(20);
    }
    if (entries.length === 0) return ops;
    ops.push(...entries.map(({ rev, data }) => decodeOpRecord(rev, data)));
  }
}

/** What no fault of these may bring about. */
function checkAlarms({ oracle, lives: { alarms, lossy }, fired }: World): void {
  const isCaused = (code: string) =>
    (fired.has("downgrade") && code === "version") || (fired.has("brokenView") && (code === "internal" || code === "session"));
  for (const { code, message } of alarms) {
    if (["internal", "session", "determinism", "replay", "version", "stop", "conflict"].includes(code) && !isCaused(code))
      oracle.violate("L13", `${code}: ${message}`);
    if (["damaged", "rolledBack", "epoch", "ahead", "unreadable"].includes(code) && !lossy)
      oracle.violate("L4", `${code} without a loss: ${message}`);
  }
}
