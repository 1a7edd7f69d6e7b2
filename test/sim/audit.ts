/** What must be true in the end of a simulated run, however many servers it had. From: reckoning.ts, test/cluster/sim/reckoning.ts. */
import type { AnyMachineSnapshot } from "xstate";
import { overlaid } from "../../src/client/overlay.ts";
import { historyIds, initialDomain, replay } from "../../src/room/domain.ts";
import type { Op } from "../../src/room/op.ts";
import type { Committed } from "../../src/room/owner.ts";
import { inertScope } from "../../src/room/step.ts";
import { type Arena, isHost } from "./arena.ts";
import type { Crowd } from "./crowd.ts";
import { limits } from "./limits.ts";

const peaceMs = 90_000;

function seenBy({ def }: Crowd, snapshot: AnyMachineSnapshot, user: string): unknown {
  const audience = isHost(snapshot.context as Arena, user) ? "host" : "table";
  if (def.view === undefined) return snapshot.context;
  return overlaid(def.view(snapshot as never, audience as never), def.own?.(snapshot as never, user));
}

/** No fault goes on, and time passes until everything can be right. People help where only they can. */
export async function makePeace({ clock, people }: Crowd): Promise<void> {
  for (const person of people) {
    person.return();
    person.calm();
  }
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
}

/** L14: everybody is there, and has what is committed. */
export function checkPeople(crowd: Crowd, { domain, roster }: Committed): void {
  const { oracle, people } = crowd;
  const state = domain.snapshot.context as Arena;
  for (const person of people) {
    const { room, user } = person;
    const { status, reason } = room.connection;
    if (status !== "live") oracle.violate("L14", `${user} is ${status} in the end: ${reason}`);
    if (room.pending.length > 0) oracle.violate("L14", `${user} has ${room.pending.length} pending in the end`);
    const context = seenBy(crowd, domain.snapshot, user);
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
}

/** All ops of the last log against what was told of it. */
export function checkJournal({ oracle, people, visitors, isLossy }: Crowd, epoch: string, ops: readonly Op[]): void {
  ops.forEach(({ rev }, i) => {
    if (rev !== i + 1) oracle.violate("L1", `rev ${rev} is in place ${i + 1}`);
  });
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
      if (outcome?.ok && found.length === 0 && !isLossy) oracle.violate("L4", `${tag} was acknowledged, and is not there`);
      const isFinal = outcome?.ok === false && outcome.code !== "unknown" && outcome.code !== "closed" && outcome.code !== "full";
      // Told, and then both ends died before either had stored it: decided anew (SPEC REF-1).
      const isForgotten = isLossy || (oracle.mayForget && mayBeForgotten);
      if (isFinal && found.length > 0 && !isForgotten)
        oracle.violate("L10", `${tag} was refused with ${outcome.code}, and took effect at rev ${found[0]?.rev}`);
    }
}

/** L7: the journal from its beginning gives what is in the memory of each. */
export function checkReplay({ oracle, def }: Crowd, ops: readonly Op[], memories: readonly Committed[]): void {
  const { machine } = def;
  if (ops.length === 0) return;
  const scope = inertScope(machine, { id: "sim", at: 0 });
  let { state } = initialDomain(machine, { id: "sim", at: 0 }, scope, limits.timersMax);
  try {
    for (const op of ops) state = replay(machine, state, op, scope);
  } catch (error) {
    return oracle.violate("L7", `the journal cannot be replayed: ${String(error)}`);
  }
  const text = ({ snapshot }: typeof state) => JSON.stringify([snapshot.value, snapshot.context, snapshot.status, historyIds(snapshot)]);
  for (const { domain } of memories)
    if (text(state) !== text(domain)) oracle.violate("L7", `the journal gives ${text(state)}, memory has ${text(domain)}`);
}
