/** What must hold at every step of a simulated run on several nodes. From: run.ts, between two steps. Cheap: nothing here grows with the state. */
import { limits } from "../../sim/limits.ts";
import { type Person, savedMsMax } from "../../sim/person.ts";
import type { ClusterWorld } from "./world.ts";

/** A gap is noticed and healed within this time, also where resyncs are rationed (SPEC SYNC-1). */
const healMsMax = 20_000;
/** Sweep, wake, beat, the room's own, the machine's; and what calls, questions to other nodes, a service and a hook need; and packets. */
const timersMax = 300;

export class ClusterChecks {
  readonly #world: ClusterWorld;
  /** How far the log was, when. */
  readonly #revs: { readonly ms: number; readonly epoch: string; readonly rev: number }[] = [];
  readonly #closedMs = new WeakMap<object, number>();
  #wereSeveral = false;

  constructor(world: ClusterWorld) {
    this.#world = world;
  }

  step(): void {
    const { watches, people, nodes } = this.#world;
    for (const [link, watch] of watches) if (nodes.isRunning(this.#world.nodeOf(link))) watch.check();
    this.#owners();
    this.#bounds();
    this.#removed();
    this.#note();
    for (const person of people) {
      this.#inStep(person);
      this.#leftNothing(person);
    }
  }

  /** Two may hold themselves for it, as long as something is between them. */
  #owners(): void {
    const { nodes, oracle } = this.#world;
    const { owners } = nodes;
    const areSeveral = owners.length > 1;
    if (areSeveral && !this.#wereSeveral) this.#world.fire("severalOwners");
    this.#wereSeveral = areSeveral;
    if (areSeveral && !this.#world.wasDisturbed(0)) oracle.violate("L1", `${owners.map(({ id }) => id).join(" and ")} decide`);
  }

  /** L11 */
  #bounds(): void {
    const { nodes, oracle } = this.#world;
    for (const node of nodes.all) {
      if (node.life.pending > timersMax) oracle.violate("L11", `${node.id} has ${node.life.pending} timers`);
      const { feed, owner, sessions, places } = nodes.roomOf(node) ?? {};
      if (feed !== undefined && feed.ring.since(feed.rev - limits.ringOpsMax - 1) !== undefined)
        oracle.violate("L11", `the ring of ${node.id} holds more than ${limits.ringOpsMax} ops`);
      if (owner !== undefined && owner.fates.length > limits.fateClientsMax + owner.committed.roster.length)
        oracle.violate("L11", `the fates of ${owner.fates.length} clients are kept`);
      for (const { owed, told, identity } of [...(sessions ?? [])])
        if (owed.length > limits.refusalsPerClientMax || told.length > limits.refusalsPerClientMax)
          oracle.violate("L11", `${owed.length} refusals wait for ${identity.user}, ${told.length} were told`);
      if (owner !== undefined && (places?.size ?? 0) > owner.committed.roster.length)
        oracle.violate("L11", `${places?.size} places on other nodes, and ${owner.committed.roster.length} in the roster`);
    }
  }

  /** Who was removed stays out. */
  #removed(): void {
    const { nodes, oracle } = this.#world;
    for (const node of nodes.owners) {
      const room = nodes.roomOf(node);
      const out: readonly string[] = room?.committed?.domain.snapshot.context.out ?? [];
      for (const { identity, state } of room?.sessions ?? [])
        if (state !== "new" && out.includes(identity.user)) oracle.violate("L9", `${identity.user} was removed, and has a session`);
    }
  }

  #note(): void {
    const { rev, epoch } = this.#world.history;
    const last = this.#revs.at(-1);
    if (last?.rev === rev && last.epoch === epoch) return;
    this.#revs.push({ ms: this.#world.clock.monotonic(), epoch, rev });
    if (this.#revs.length > 500) this.#revs.splice(0, 250);
  }

  /** L11: a page that is done with the room. */
  #leftNothing(person: Person): void {
    const nowMs = this.#world.clock.monotonic();
    if (person.room.connection.status !== "closed") this.#closedMs.delete(person.room);
    else if (!this.#closedMs.has(person.room)) this.#closedMs.set(person.room, nowMs);
    if (nowMs - (this.#closedMs.get(person.room) ?? nowMs) > savedMsMax && person.timers > 0)
      this.#world.oracle.violate("L11", `${person.user} left, and ${person.timers} timers run on`);
  }

  /** Who has a sound connection to a sound node is not behind for long (L6), and is told what became of a command (L2). */
  #inStep(person: Person): void {
    const { clock, oracle, watches, troubled } = this.#world;
    const { link, room, user, oldest } = person;
    const watch = link && watches.get(link);
    if (link === undefined || watch === undefined || link.isOver || troubled.has(link)) return;
    const { status } = room.connection;
    const before = clock.monotonic() - healMsMax;
    if ((status !== "live" && status !== "catchingUp") || watch.openedMs > before || this.#world.wasDisturbed(healMsMax)) return;
    const then = this.#revs.findLast(({ ms }) => ms <= before);
    if (then !== undefined && then.epoch === this.#world.history.epoch && room.rev < then.rev)
      oracle.violate("L6", `${user} is ${status} at rev ${room.rev}; ${healMsMax} ms ago the log was at ${then.rev}`);
    if (oldest !== undefined && oldest.givenMs < before)
      oracle.violate("L2", `${user} has not heard what became of ${oldest.tag}, given ${clock.monotonic() - oldest.givenMs} ms ago`);
  }
}
