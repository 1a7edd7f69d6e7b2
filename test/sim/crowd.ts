/** The people of a simulated run, their network, and what is seen of both. From: world.ts and test/cluster/sim/world.ts, which say what serves them. To: oracle.ts, watch.ts. */
import { drainMicrotasks } from "bun:jsc";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import type { Link, NetworkOptions, ServerEnd } from "../../src/testing/network.ts";
import { random } from "../../src/testing/random.ts";
import { type Arena, arena, driftedArena, isHost, newArena, oldArena, secretArena } from "./arena.ts";
import { limits } from "./limits.ts";
import { Oracle } from "./oracle.ts";
import { Person } from "./person.ts";
import type { Plan } from "./plan.ts";
import type { Fault } from "./steps.ts";
import { type Truth, Watch } from "./watch.ts";

/** A server's end of a connection, and what is true for that server. */
export interface Served {
  readonly end: ServerEnd;
  readonly truth: Truth;
}

export abstract class Crowd {
  readonly plan: Plan;
  /** Nothing here waits for the event loop, so no turns of it are spent. */
  readonly clock = new VirtualClock(undefined, drainMicrotasks);
  readonly limits = limits;
  readonly chance: () => number;
  readonly oracle: Oracle;
  readonly people: Person[] = [];
  /** They come once, and are gone. */
  readonly visitors: Person[] = [];
  strangers = 0;
  readonly fired = new Map<string, number>();
  readonly revoked = new Set<string>();
  /** `user client` */
  readonly saidBye = new Set<string>();
  /** All connections that are accepted. */
  readonly watches = new Map<Link, Watch>();
  readonly welcomed = new Map<string, Watch>();
  /** The connection whose frame a server is taking just now. */
  speaking: Watch | undefined;
  /** Connections that a fault makes worse than they look. */
  readonly troubled = new WeakSet<Link>();
  readonly #epochOf = new WeakMap<Link, string>();
  isPeace = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.chance = random(plan.seed ^ 0x5eed);
    this.oracle = new Oracle((epoch, rev) => this.isDurable(epoch, rev));
  }

  /** `undefined`: there is nobody. */
  protected abstract serve(user: string, link: Link): Served | undefined;
  protected abstract isDurable(epoch: string, rev: number): boolean;
  /** History was lost on purpose: acknowledged ops may be gone. */
  abstract get isLossy(): boolean;
  /** The room knows that client. */
  abstract knows(user: string, client: string): boolean;
  /** Something was done, or came to happen. */
  abstract fire(name: string): void;

  get roomName(): string {
    return this.plan.secret ? "secret/sim" : "arena/sim";
  }

  get isSecret(): boolean {
    return this.plan.secret;
  }

  has(fault: Fault): boolean {
    return !this.isPeace && this.plan.faults.includes(fault);
  }

  enter(index: number): void {
    const isLast = index === this.plan.people - 1;
    const other = (["oldClient", "newClient", "driftedClient"] as const).find((name) => !this.plan.secret && isLast && this.has(name));
    if (other !== undefined) this.fire(other);
    const defs = { oldClient: oldArena, newClient: newArena, driftedClient: driftedArena };
    this.people.push(this.person(`u${index}`, other === undefined ? this.def : defs[other]));
  }

  get def(): AnyRoomType {
    return this.plan.secret ? secretArena : arena;
  }

  person(user: string, def: AnyRoomType): Person {
    const isSlow = this.has("slowStorage");
    return new Person({
      user,
      def,
      world: this.clock,
      chance: this.chance,
      network: this.network(user),
      saveMs: () => (isSlow && !this.isPeace ? this.#slowSaveMs() : this.chance() < 0.7 ? 0 : this.chance() * 20),
      onTrouble: (code, message) => this.#clientTrouble(code, message, def),
      // What was lost is done again, with its cue.
      onWrong: (law, what) => (law === "L2" && this.isLossy) || this.oracle.violate(law, what),
      onNarrow: (link) => void this.troubled.add(link),
      onChange: (changed) => this.#changed(changed, def),
    });
  }

  #slowSaveMs(): number {
    this.fire("slowStorage");
    return this.chance() * 600;
  }

  /** The way between somebody and the servers. */
  network(user: string): NetworkOptions {
    return {
      clock: this.clock,
      backlogBytesMax: limits.socketBacklogBytesMax,
      delayMs: () => (this.chance() < 0.9 ? this.chance() * 8 : this.chance() * 120),
      accept: (link) => this.accept(user, link),
      onClosed: (link, code) => this.watches.get(link)?.closed(code),
      onSent: (way, link, text) => {
        this.oracle.trace(text);
        if (way === "up") return;
        this.oracle.frames++;
        this.watches.get(link)?.said(text);
      },
      onHeard: (link, text) => {
        // A welcome names the log; what the client has is of it once a snapshot came, or if it resumed.
        if (!text.startsWith('{"type":"snapshot"') && !(text.startsWith('{"type":"welcome"') && text.includes('"recovered":"resumed"')))
          return;
        const epoch = /"epoch":"([^"]+)"/.exec(text)?.[1];
        if (epoch !== undefined) this.#epochOf.set(link, epoch);
      },
    };
  }

  protected accept(user: string, link: Link): ServerEnd | undefined {
    const { end, truth } = this.serve(user, link) ?? {};
    if (end === undefined || truth === undefined) return undefined;
    const watch = new Watch(link, user, truth, this.oracle);
    this.watches.set(link, watch);
    return {
      received: (text) => {
        this.speaking = watch;
        watch.heard(text, () => end.received(text));
        if (text.startsWith('{"type":"bye"')) this.saidBye.add(`${user} ${watch.hello?.client}`);
        this.speaking = undefined;
      },
      ponged: () => {
        watch.signOfLife();
        end.ponged();
      },
      drained: () => end.drained(),
      closed: () => {
        this.watches.delete(link);
        end.closed();
      },
    };
  }

  /** The log that a person's confirmed state is of. */
  epochOf(person: Person): string | undefined {
    return person.link === undefined ? undefined : this.#epochOf.get(person.link);
  }

  readonly #lastRev = new WeakMap<object, { epoch: string; rev: number; snapshot: unknown }>();

  #changed(person: Person, def: AnyRoomType): void {
    const { room } = person;
    if (room === undefined || room.rev < 0 || room.connection.status !== "live") return;
    const epoch = this.epochOf(person);
    const last = this.#lastRev.get(room);
    if (epoch === undefined || (last?.snapshot === room.confirmed && last.rev === room.rev)) return;
    if (last !== undefined && last.epoch === epoch && room.rev < last.rev)
      this.oracle.violate("L6", `${person.user} went back from rev ${last.rev} to ${room.rev}`);
    this.#lastRev.set(room, { epoch, rev: room.rev, snapshot: room.confirmed });
    if (def === driftedArena) return;
    const audience = !this.plan.secret ? "everyone" : isHost(room.confirmed.context as Arena, person.user) ? "host" : person.user;
    this.oracle.confirmed(audience, epoch, room.rev, JSON.stringify([room.confirmed.value, room.confirmed.context]));
  }

  #clientTrouble(code: string, message: string, def: AnyRoomType): void {
    this.fire(`client.${code}`);
    // A snapshot that vanished was to tell of another history: only checksums find that.
    const isUntold = this.isLossy && this.fired.has("dropSnapshots");
    if (code === "storage" || code === "version" || (code === "diverged" && def !== driftedArena && !isUntold))
      this.oracle.violate("L14", `a client had trouble: ${code}: ${message}`);
  }
}
