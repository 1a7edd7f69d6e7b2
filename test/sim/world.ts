/** One simulated run's server, disk, network and people, and what is seen of them. From: run.ts, which makes things happen. To: oracle.ts and watch.ts. */
import { drainMicrotasks } from "bun:jsc";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import type { Room } from "../../src/room/room.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import type { Link, NetworkOptions, ServerEnd } from "../../src/testing/network.ts";
import { random } from "../../src/testing/random.ts";
import type { SimServer } from "../../src/testing/server.ts";
import { type Arena, arena, driftedArena, isHost, newArena, oldArena, secretArena, viewTrouble } from "./arena.ts";
import { SimDisk } from "./disk.ts";
import { limits } from "./limits.ts";
import { Lives } from "./lives.ts";
import { Oracle } from "./oracle.ts";
import { Person } from "./person.ts";
import type { Plan } from "./plan.ts";
import type { FaultName } from "./steps.ts";
import { type Truth, Watch } from "./watch.ts";

export type OnBoot = (server: SimServer, clock: Clock) => void;

/** The simulated disk need not be a real one. */
const memoryFolder = "/dev/shm";

/** What a run has that its checks need. */
export class World implements Truth {
  readonly plan: Plan;
  /** Nothing here waits for the event loop, so no turns of it are spent. */
  readonly clock = new VirtualClock(undefined, drainMicrotasks);
  readonly limits = limits;
  readonly chance: () => number;
  readonly disk: SimDisk;
  readonly oracle: Oracle;
  readonly lives: Lives;
  readonly people: Person[] = [];
  /** They come once, and are gone. */
  readonly visitors: Person[] = [];
  strangers = 0;
  readonly fired = new Map<string, number>();
  readonly revoked = new Set<string>();
  /** `user client` */
  readonly saidBye = new Set<string>();
  /** All connections that this server has accepted. */
  readonly watches = new Map<Link, Watch>();
  /** The connection whose frame the server is taking just now. */
  speaking: Watch | undefined;
  /** Connections that a fault makes worse than they look. */
  readonly troubled = new WeakSet<Link>();
  readonly #epochOf = new WeakMap<Link, string>();
  isPeace = false;
  ranSinceMs = 0;

  /** For who looks on. */
  readonly onBoot: OnBoot;

  constructor(plan: Plan, onBoot: OnBoot = () => undefined) {
    this.plan = plan;
    this.onBoot = onBoot;
    this.chance = random(plan.seed ^ 0x5eed);
    this.disk = new SimDisk(mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), "quorate-sim-")));
    this.oracle = new Oracle((epoch, rev) => {
      const durable = this.disk.durable.get(this.roomName);
      return durable !== undefined && durable.epoch === epoch && durable.rev >= rev;
    });
    this.lives = new Lives(this);
  }

  /** Only then is a copy of the disk of any use. */
  get mayRollBack(): boolean {
    return this.plan.steps.some((step) => step.do === "kill" && step.loss === "rollBack");
  }

  get roomName(): string {
    return this.plan.secret ? "secret/sim" : "arena/sim";
  }

  get isSecret(): boolean {
    return this.plan.secret;
  }

  get room(): Room | undefined {
    for (const room of this.lives.server?.directory.rooms ?? []) if (room.name === this.roomName) return room;
    return undefined;
  }

  fire(name: string): void {
    if (/^(kill|stop|disk|read|loss|downgrade|upgrade)/.test(name)) this.oracle.mayForget = true;
    this.fired.set(name, (this.fired.get(name) ?? 0) + 1);
  }

  has(fault: FaultName): boolean {
    return !this.isPeace && this.plan.faults.includes(fault);
  }

  // --- what is true at the moment, for watch.ts --------------------------------------------------------------------------

  readonly welcomed = new Map<string, Watch>();
  wall = (): number => this.clock.now();

  version = (): number => this.lives.version;
  isOfThisVersion = (rev: number): boolean => this.room?.isOfThisVersion(rev) ?? true;

  get arenaState(): Arena | undefined {
    return this.room?.committed?.domain.snapshot.context as Arena | undefined;
  }

  seesSecrets(user: string): boolean {
    const state = this.arenaState;
    return state !== undefined && isHost(state, user);
  }

  userOf(who: number): string | undefined {
    return this.room?.committed?.roster.find((entry) => entry.who === who)?.user;
  }

  lastSeq(user: string, client: string): number | undefined {
    const { owner } = this.room ?? {};
    return owner && (owner.lastSeq(user, client) ?? 0);
  }

  /** No fault goes on. A server of the last release is followed by another one in its time. */
  calm(): void {
    this.isPeace = true;
    viewTrouble.isOn = false;
    this.revoked.clear();
    this.lives.slowDisk(0);
    Object.assign(this.disk, { isFull: false, readFails: 0, dieAt: undefined });
    this.disk.faults.length = 0;
  }

  /** The room type's view throws for a while, whatever it is asked. */
  breakView(ms: number): void {
    if (!this.plan.secret) return;
    this.fire("brokenView");
    this.lives.disturb(ms);
    viewTrouble.isOn = true;
    this.clock.setTimer(ms, () => {
      viewTrouble.isOn = false;
    });
  }

  /** Everything stands still for so long. */
  freeze(ms: number): void {
    this.lives.disturb(ms);
    this.clock.freeze(ms);
    this.ranSinceMs = this.clock.monotonic();
  }

  // --- the people --------------------------------------------------------------------------------------------------------

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
      onWrong: (law, what) => (law === "L2" && this.lives.lossy) || this.oracle.violate(law, what),
      onNarrow: (link) => void this.troubled.add(link),
      onChange: (changed) => this.#changed(changed, def),
    });
  }

  #slowSaveMs(): number {
    this.fire("slowStorage");
    return this.chance() * 600;
  }

  /** The way between somebody and the server. */
  network(user: string): NetworkOptions {
    return {
      clock: this.clock,
      backlogBytesMax: limits.socketBacklogBytesMax,
      delayMs: () => (this.chance() < 0.9 ? this.chance() * 8 : this.chance() * 120),
      accept: (link) => this.#accept(user, link),
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

  #accept(user: string, link: Link): ServerEnd | undefined {
    const end = this.lives.server?.accept(this.plan.secret ? "secret" : "arena", "sim", link);
    if (end === undefined) return undefined;
    const watch = new Watch(link, user, this, this.oracle);
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
    if (code === "storage" || code === "version" || (code === "diverged" && def !== driftedArena))
      this.oracle.violate("L14", `a client had trouble: ${code}: ${message}`);
  }
}
