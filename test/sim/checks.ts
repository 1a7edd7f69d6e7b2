/** What must hold at every step of a simulated run, over all that the world has. From: run.ts, between two steps. Cheap: nothing here grows with the state. */
import { limits } from "./limits.ts";
import { type Person, savedMsMax } from "./person.ts";
import type { World } from "./world.ts";

/** A gap is noticed and healed within this time, also where resyncs are rationed (SPEC SYNC-1). */
const healMsMax = 20_000;
/** Sweep, wake, the room's own, the machine's; and what an append, a service and a hook need. */
const serverTimersMax = 60;

export class Checks {
  readonly #world: World;
  /** How far the room was, when. */
  readonly #revs: { readonly ms: number; readonly epoch: string; readonly rev: number }[] = [];
  readonly #closedMs = new WeakMap<object, number>();
  /** The room that could not save. */
  #unsaved: unknown;

  constructor(world: World) {
    this.#world = world;
  }

  step(): void {
    const { watches, people } = this.#world;
    for (const watch of watches.values()) watch.check();
    this.#bounds();
    this.#removed();
    this.#saving();
    this.#note();
    for (const person of people) {
      this.#inStep(person);
      this.#leftNothing(person);
    }
  }

  /** L11 */
  #bounds(): void {
    const { room, oracle, lives } = this.#world;
    const timers = lives.life?.pending ?? 0;
    if (timers > serverTimersMax) oracle.violate("L11", `the server has ${timers} timers`);
    const { feed, owner, sessions } = room ?? {};
    if (feed !== undefined && feed.ring.since(feed.rev - limits.ringOpsMax - 1) !== undefined)
      oracle.violate("L11", `the ring holds more than ${limits.ringOpsMax} ops`);
    if (owner !== undefined && owner.fates.length > limits.fateClientsMax + owner.committed.roster.length)
      oracle.violate("L11", `the fates of ${owner.fates.length} clients are kept`);
    for (const { owed, user } of [...(sessions ?? [])].map((session) => ({ owed: session.owed, user: session.identity.user })))
      if (owed.length > limits.refusalsPerClientMax) oracle.violate("L11", `${owed.length} refusals wait for ${user}`);
  }

  /** Who was removed stays out. */
  #removed(): void {
    const { room, arenaState, oracle } = this.#world;
    if (room?.owner === undefined || arenaState === undefined || arenaState.out.length === 0) return;
    // A new one may wait for the commit of the pardon.
    for (const { identity, state } of room.sessions)
      if (state !== "new" && arenaState.out.includes(identity.user))
        oracle.violate("L9", `${identity.user} was removed, and has a session`);
  }

  /** L12: a room that failed to save waits until it can. */
  #saving(): void {
    const { disk, room, oracle } = this.#world;
    if (!disk.isFull || !disk.appendFailed) {
      this.#unsaved = undefined;
      return;
    }
    this.#unsaved ??= room;
    if (room !== undefined && this.#unsaved === room && room.owner !== undefined)
      oracle.violate("L12", "the disk is full, an append failed, and the room takes commands");
  }

  #note(): void {
    const { room, clock } = this.#world;
    const { feed } = room ?? {};
    if (feed === undefined) return;
    const last = this.#revs.at(-1);
    if (last?.epoch === feed.epoch && last.rev === feed.rev) return;
    this.#revs.push({ ms: clock.monotonic(), epoch: feed.epoch, rev: feed.rev });
    if (this.#revs.length > 500) this.#revs.splice(0, 250);
  }

  /** L11: a page that is done with the room. */
  #leftNothing(person: Person): void {
    const nowMs = this.#world.clock.monotonic();
    if (person.room.connection.status !== "closed") this.#closedMs.delete(person.room);
    else if (!this.#closedMs.has(person.room)) this.#closedMs.set(person.room, nowMs);
    const closedMs = Math.max(this.#closedMs.get(person.room) ?? nowMs, this.#world.ranSinceMs);
    if (nowMs - closedMs > savedMsMax && person.timers > 0)
      this.#world.oracle.violate("L11", `${person.user} left, and ${person.timers} timers run on`);
  }

  /** Who has a sound connection is not behind for long (L6), and is told what became of a command (L2). */
  #inStep(person: Person): void {
    const { link, room, user, oldest } = person;
    const { clock, oracle, watches, troubled, ranSinceMs, lives } = this.#world;
    const watch = link && watches.get(link);
    if (link === undefined || watch === undefined || link.isOver || troubled.has(link)) return;
    const { status } = room.connection;
    if (status !== "live" && status !== "catchingUp") return;
    const before = clock.monotonic() - healMsMax;
    if (watch.openedMs > before || ranSinceMs > before) return;
    const then = this.#revs.findLast(({ ms }) => ms <= before);
    const { feed } = this.#world.room ?? {};
    if (then !== undefined && then.epoch === feed?.epoch && room.rev < then.rev)
      oracle.violate("L6", `${user} is ${status} at rev ${room.rev}; ${healMsMax} ms ago the room was at ${then.rev}`);
    if (oldest !== undefined && oldest.givenMs < before && !lives.wasDisturbed(healMsMax))
      oracle.violate("L2", `${user} has not heard what became of ${oldest.tag}, given ${clock.monotonic() - oldest.givenMs} ms ago`);
  }
}
