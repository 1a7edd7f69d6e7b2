/** The end of a simulated run: the faults stop, and everything has to come right. From: run.ts. */
import type { AnyMachineSnapshot } from "xstate";
import { overlaid } from "../../src/client/overlay.ts";
import type { Entry } from "../../src/journal/port.ts";
import { historyIds, initialDomain, replay } from "../../src/room/domain.ts";
import { decodeOpRecord, type Op } from "../../src/room/op.ts";
import { inertScope } from "../../src/room/step.ts";
import { type Arena, isHost } from "./arena.ts";
import { limits } from "./limits.ts";
import { checkTimeline } from "./timeline.ts";
import type { World } from "./world.ts";

const peaceMs = 90_000;

function seenBy({ def }: World, snapshot: AnyMachineSnapshot, user: string): unknown {
  const audience = isHost(snapshot.context as Arena, user) ? "host" : "table";
  if (def.view === undefined) return snapshot.context;
  return overlaid(def.view(snapshot as never, audience as never), def.own?.(snapshot as never, user));
}

export async function reckon(world: World): Promise<void> {
  const { oracle, clock, people } = world;
  world.calm();
  for (const person of people) {
    person.return();
    person.calm();
  }
  // People help where only they can.
  let pokes = 0;
  for (const waitMs of [20_000, 20_000, peaceMs, 1_000, 1_000]) {
    await clock.advance(waitMs);
    for (const person of people) {
      const { status } = person.room.connection;
      if (status === "signedOut") person.room.setToken(person.user);
      else if (status === "refused" || status === "stuck") person.room.connect();
      // Whoever was removed may come again; and if somebody's state is not the server's, what follows has to show it.
      person.send({ type: person.user === "u0" ? "pardon" : "shout", tag: `peace${waitMs}.${person.user}.${++pokes}` }, "");
    }
  }
  await clock.advance(5_000);

  const { server } = world.lives;
  const hosted = server === undefined ? undefined : [...server.directory.rooms].find(({ name }) => name === world.roomName);
  if (server === undefined || hosted?.committed === undefined)
    return oracle.violate("L14", `the server is not back: ${JSON.stringify(world.lives.alarms.slice(-5))}`);
  const { domain, roster } = hosted.committed;
  const state = domain.snapshot.context as Arena;
  for (const person of people) {
    const { room, user } = person;
    const { status, reason } = room.connection;
    if (status !== "live") oracle.violate("L14", `${user} is ${status} in the end: ${reason}`);
    if (room.pending.length > 0) oracle.violate("L14", `${user} has ${room.pending.length} pending in the end`);
    const context = seenBy(world, domain.snapshot, user);
    const served = JSON.stringify([domain.snapshot.value, context]);
    const mine = JSON.stringify([room.confirmed.value, room.confirmed.context]);
    if (mine !== served) oracle.violate("L14", `${user} has ${mine}, the server ${served}`);
    if (room.state !== room.confirmed) oracle.violate("L14", `${user} shows something else than what is confirmed`);
    for (const { tag } of person.forgotten) oracle.violate("L2", `${user} is never told what became of ${tag}`);
    for (const other of people) {
      const shown = JSON.stringify(room.presence.others.get(other.room.me?.who ?? 0)?.state);
      const said = JSON.stringify(other.room.presence.mine);
      if (other !== person && shown !== said) oracle.violate("L14", `${user} sees ${other.user} at ${shown}, who is at ${said}`);
    }
  }
  if (Object.keys(state.away).length > 0) oracle.violate("L14", `all are here, and shown as away are ${Object.keys(state.away).join()}`);
  const here = roster.map(({ user }) => user).sort();
  if (
    here.join() !==
    people
      .map(({ user }) => user)
      .sort()
      .join()
  )
    oracle.violate("L14", `ghosts, or missing ones: ${here.join()}`);
  const counted = Object.keys(state.people).sort();
  if (counted.join() !== here.join()) oracle.violate("L14", `the domain counts ${counted.join()}, the roster has ${here.join()}`);

  const ops = await readAll(world);
  checkJournal(world, ops);
  checkTimeline(world, ops);
  await checkReplay(world, ops);
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

function checkJournal({ oracle, people, visitors, disk, lives: { lossy }, roomName }: World, ops: readonly Op[]): void {
  ops.forEach(({ rev }, i) => {
    if (rev !== i + 1) oracle.violate("L1", `rev ${rev} is in place ${i + 1}`);
  });
  const epoch = disk.durable.get(roomName)?.epoch ?? "";
  for (const { rev, who, seq, at, event } of ops) {
    const told = oracle.told.get(`${epoch} ${rev}`);
    const is = JSON.stringify([who, seq, at, event]);
    if (told !== undefined && told !== is) oracle.violate("L4", `rev ${rev} was told as ${told}, the journal has ${is}`);
  }
  const revs = [...oracle.told.keys()].map((key) => key.split(" ")).filter(([of]) => of === epoch);
  const top = Math.max(0, ...revs.map(([, rev]) => Number(rev)));
  if (top > ops.length) oracle.violate("L4", `rev ${top} was told, the journal ends at ${ops.length}`);

  const byTag = new Map<string, Op[]>();
  const lastSeq = new Map<string, number>();
  for (const op of ops) {
    if (op.seq === 0) continue;
    const { tag } = op.event as unknown as { tag: string };
    byTag.set(tag, [...(byTag.get(tag) ?? []), op]);
    const client = `${op.by.user} ${op.by.client}`;
    const before = lastSeq.get(client) ?? 0;
    if (op.seq <= before) oracle.violate("L5", `${client} ${op.seq} comes after ${before}`);
    lastSeq.set(client, op.seq);
  }
  for (const { user, given } of [...people, ...visitors])
    for (const { tag, outcome, mayBeForgotten } of given) {
      const found = byTag.get(tag) ?? [];
      if (found.length > 1) oracle.violate("L2", `${tag} took effect ${found.length} times`);
      for (const { by } of found) if (by.user !== user) oracle.violate("L9", `${tag} of ${user} is stamped ${by.user}`);
      if (outcome?.ok && found.length === 0 && !lossy) oracle.violate("L4", `${tag} was acknowledged, and is not there`);
      const isFinal = outcome?.ok === false && outcome.code !== "unknown" && outcome.code !== "closed" && outcome.code !== "full";
      // Told, and then both ends died before either had stored it: decided anew (SPEC REF-1).
      const isForgotten = lossy || (oracle.mayForget && mayBeForgotten);
      if (isFinal && found.length > 0 && !isForgotten)
        oracle.violate("L10", `${tag} was refused with ${outcome.code}, and took effect at rev ${found[0]?.rev}`);
    }
}

/** L7: the journal from its beginning gives what is in memory. */
async function checkReplay(world: World, ops: readonly Op[]): Promise<void> {
  const { oracle, lives, roomName } = world;
  const hosted = [...(lives.server?.directory.rooms ?? [])].find(({ name }) => name === roomName);
  if (hosted?.committed === undefined) return;
  const { machine } = world.def;
  const first = ops[0];
  if (first === undefined) return;
  const scope = inertScope(machine, { id: "sim", at: 0 });
  let { state } = initialDomain(machine, { id: "sim", at: 0 }, scope, limits.timersMax);
  try {
    for (const op of ops) state = replay(machine, state, op, scope);
  } catch (error) {
    return oracle.violate("L7", `the journal cannot be replayed: ${String(error)}`);
  }
  const text = ({ snapshot }: typeof state) => JSON.stringify([snapshot.value, snapshot.context, snapshot.status, historyIds(snapshot)]);
  const memory = text(hosted.committed.domain);
  if (text(state) !== memory) oracle.violate("L7", `the journal gives ${text(state)}, memory has ${memory}`);
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
