/** The end of a simulated run on several nodes: the faults stop, and everything has to come right. From: run.ts. */
import { decodeOpRecord } from "../../../src/room/op.ts";
import type { Room } from "../../../src/room/room.ts";
import { checkJournal, checkPeople, checkReplay, makePeace } from "../../sim/audit.ts";
import { limits } from "../../sim/limits.ts";
import { checkTimeline } from "../../sim/timeline.ts";
import type { ClusterWorld } from "./world.ts";

/** The sweep, the next beat, and one to wake rooms. */
const timersMax = 3;
const packetMsMax = 1_000;

export async function reckon(world: ClusterWorld): Promise<void> {
  const { oracle, clock, people, nodes, history, plan } = world;
  world.calm();
  await makePeace(world);

  const { owners } = nodes;
  const [owner] = owners;
  const hosted = owner && nodes.roomOf(owner);
  if (hosted?.committed === undefined || owners.length !== 1)
    return oracle.violate("L14", `there are ${owners.length} owners: ${JSON.stringify(world.alarms.slice(-5))}`);
  if (nodes.all.length !== plan.nodes) oracle.violate("L14", `${nodes.all.length} nodes are there, of ${plan.nodes}`);
  checkPeople(world, hosted.committed);
  const rooms = nodes.all.map((node) => nodes.roomOf(node)).filter((room) => room !== undefined);
  for (const room of rooms) checkFollower(world, room, hosted);

  const ops = history.entries.map(({ rev, data }) => decodeOpRecord(rev, data));
  checkJournal(world, history.epoch, ops);
  // A node that others do not hear counts the grace of its own clients.
  checkTimeline(world, world.disturbances, ops, (from, until) =>
    world.disturbances.some((one) => one.from < until && one.until > from - limits.graceMs),
  );
  checkReplay(
    world,
    ops,
    rooms.flatMap(({ committed }) => committed ?? []),
  );

  for (const { room } of people) void room.leave();
  await clock.advance(2_000 + limits.graceMs + limits.idleRoomMs + 10_000);
  const loaded = () => nodes.all.filter(({ server }) => (server?.directory.size ?? 0) > 0).map(({ id }) => id);
  // A timer of the machine may have woken the room just now.
  if (loaded().length > 0) await clock.advance(2 * limits.idleRoomMs + 40_000);
  if (loaded().length > 0) oracle.violate("L14", `the room is still loaded on ${loaded().join()}, though nobody is there`);
  // Packets under way are timers, too: at some moment none is.
  for (let ms = 0; ms < packetMsMax && nodes.all.some(({ life }) => life.pending > timersMax); ms++) await clock.advance(1);
  for (const { id, server, life } of nodes.all) {
    if (server !== undefined && server.connections > 0) oracle.violate("L14", `${server.connections} connections are left on ${id}`);
    if (life.pending > timersMax) oracle.violate("L14", `no room is loaded, and ${life.pending} timers of ${id} run on`);
  }
  for (const person of people) if (person.timers > 0) oracle.violate("L11", `${person.user} left, and ${person.timers} timers run on`);
}

/** Whoever follows has what the owner has: revs, people, presence. */
function checkFollower({ oracle, people }: ClusterWorld, room: Room, owner: Room): void {
  const { committed, feed, sessions } = room;
  const theirs = JSON.stringify(owner.committed?.roster);
  if (feed?.rev !== owner.feed?.rev) oracle.violate("L14", `a node is at rev ${feed?.rev}, the owner at ${owner.feed?.rev}`);
  if (JSON.stringify(committed?.roster) !== theirs)
    oracle.violate("L14", `a node has the roster ${JSON.stringify(committed?.roster)}, the owner ${theirs}`);
  for (const who of sessions.presence.keys())
    if (!owner.committed?.roster.some((entry) => entry.who === who)) oracle.violate("L14", `presence of ${who}, who is gone, stays`);
  for (const { identity } of sessions)
    if (!people.some(({ user }) => user === identity.user)) oracle.violate("L14", `a session of ${identity.user} stays`);
}
