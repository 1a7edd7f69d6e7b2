/** One simulated run's server, disk, network and people, and what is seen of them. From: run.ts, which makes things happen. To: oracle.ts. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromPromise } from "xstate";
import type { Auth } from "../../src/gateway/auth.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { serve } from "../../src/room/serve.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { LifeClock } from "../../src/testing/life.ts";
import type { Link } from "../../src/testing/network.ts";
import { random } from "../../src/testing/random.ts";
import { SimServer } from "../../src/testing/server.ts";
import { arena, oldArena, secretArena } from "./arena.ts";
import { SimDisk } from "./disk.ts";
import { Oracle } from "./oracle.ts";
import { Person } from "./person.ts";
import type { Plan, Step } from "./plan.ts";

/** The simulated disk need not be a real one. */
const memoryFolder = "/dev/shm";

export const limits = {
  ...defaultLimits,
  ringOpsMax: 24,
  snapshotEveryOps: 40,
  snapshotPartBytesMax: 900,
  checksumEveryMsMin: 400,
  graceMs: 4_000,
  pingEveryMs: 3_000,
  pongTimeoutMs: 2_000,
  idleRoomMs: 5_000,
  lagBufferedBytesMax: 3_000,
  lagMsMax: 8_000,
  commandsBurst: 60,
  joinsBurst: 200,
  joinsPerSecond: 50,
  faultBackoffMaxMs: 4_000,
  socketBacklogBytesMax: 200_000,
};

/** What a run has that its checks need. */
export class World {
  readonly plan: Plan;
  readonly clock = new VirtualClock();
  readonly chance: () => number;
  readonly disk: SimDisk;
  readonly oracle: Oracle;
  readonly people: Person[] = [];
  readonly fired = new Map<string, number>();
  readonly alarms: { readonly code: string; readonly message: string }[] = [];
  readonly revoked = new Set<string>();
  /** All that this server has accepted. */
  readonly #links: Link[] = [];
  readonly #viewers = new WeakMap<Link, { user: string; isHost: boolean; isSecret: boolean }>();
  readonly #epochOf = new WeakMap<Link, string>();
  server: SimServer | undefined;
  #life: LifeClock | undefined;
  #ids = 0;
  /** History was lost on purpose: acknowledged ops may be gone. */
  lossy = false;
  isPeace = false;
  #booting = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.chance = random(plan.seed ^ 0x5eed);
    this.disk = new SimDisk(mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), "quorate-sim-")));
    this.oracle = new Oracle((epoch, rev) => {
      const durable = this.disk.durable.get(this.roomName);
      return durable !== undefined && durable.epoch === epoch && durable.rev >= rev;
    });
  }

  get roomName(): string {
    return this.plan.secret ? "secret/sim" : "arena/sim";
  }

  fire(name: string): void {
    if (/^(kill|stop|disk|read|loss)/.test(name)) this.oracle.mayForget = true;
    this.fired.set(name, (this.fired.get(name) ?? 0) + 1);
  }

  has(fault: Plan["faults"][number]): boolean {
    return !this.isPeace && this.plan.faults.includes(fault);
  }

  // --- the server's lives ----------------------------------------------------------------------------------------------

  async boot(): Promise<void> {
    const booting = ++this.#booting;
    const life = new LifeClock(this.clock);
    this.#life = life;
    const job = fromPromise<number>(
      () =>
        new Promise((resolve, reject) => {
          const fails = this.chance() < 0.3;
          life.setTimer(this.chance() * 3_000, () => (fails ? reject(new Error("the job failed")) : resolve(1)));
        }),
    );
    const services = { job };
    try {
      const server = await SimServer.boot({
        types: [serve(arena, { services }), serve(secretArena, { services })],
        journal: this.disk.factory(life, () => this.chance() * 4),
        clock: life,
        limits,
        auth: this.#auth(life),
        resumeKey: "the same over all restarts",
        newId: () => `id${++this.#ids}`,
        development: this.plan.seed % 4 === 0,
        onAlarm: (alarm) => this.#alarm(alarm.code, alarm.message, "error" in alarm ? alarm.error : undefined),
      });
      if (booting !== this.#booting || life.isDead) return;
      this.server = server;
    } catch (error) {
      // A start that fails is tried again, as a supervisor does.
      this.#alarm("boot", "the server did not start", error);
      this.clock.setTimer(200, () => booting === this.#booting && void this.boot());
    }
  }

  /** SIGKILL. `downMs` later another process starts on the same disk. */
  kill(downMs: number, loss?: Extract<Step, { do: "kill" }>["loss"]): void {
    this.#booting++;
    this.#life?.kill();
    this.server = undefined;
    for (const link of this.#links.splice(0)) link.serverDied();
    this.disk.kill();
    if (loss !== undefined && (loss === "rollBack" ? this.disk.rollBack() : this.disk.damage(loss, this.chance))) {
      this.lossy = true;
      this.fire(`loss.${loss}`);
    }
    const booting = this.#booting;
    this.clock.setTimer(downMs, () => booting === this.#booting && void this.boot());
  }

  stop(downMs: number, killAfterMs: number | undefined): void {
    const { server } = this;
    if (server === undefined) return;
    const booting = this.#booting;
    if (killAfterMs !== undefined) this.clock.setTimer(killAfterMs, () => this.server === server && this.kill(downMs));
    void server.stop().then(
      () => {
        if (booting !== this.#booting || this.server !== server) return;
        this.kill(downMs);
      },
      (error: unknown) => this.#alarm("stop", "the drain failed", error),
    );
  }

  #auth(life: LifeClock): Auth {
    return {
      authenticate: async ({ token = "" }) => {
        if (this.has("slowHook") && this.chance() < 0.3) {
          this.fire("slowHook");
          await new Promise<void>((resolve) => void life.setTimer(this.chance() * 6_000, resolve));
        }
        if (this.has("throwingHook") && this.chance() < 0.2) {
          this.fire("throwingHook");
          throw new Error("the sign-in's own trouble");
        }
        if (this.revoked.has(token)) return undefined;
        return { user: token, name: token, ...(this.isPeace ? {} : { expiresAt: life.now() + 25_000 }) };
      },
      authorize: ({ user }) => (user === "u0" ? "host" : "member"),
    };
  }

  #alarm(code: string, message: string, error: unknown): void {
    this.alarms.push({ code, message: error === undefined ? message : `${message} (${String(error)})` });
    this.oracle.trace(code);
    if (`${message} ${String(error ?? "")}`.includes("taint ")) this.oracle.violate("L8", `an alarm tells a secret: ${message}`);
  }

  // --- the people ------------------------------------------------------------------------------------------------------

  enter(index: number): void {
    const user = `u${index}`;
    const old = this.has("oldClient") && !this.plan.secret && index === this.plan.people - 1;
    if (old) this.fire("oldClient");
    const isSecret = this.plan.secret;
    const audience = isSecret ? (index === 0 ? "host" : "table") : "everyone";
    const person = new Person({
      user,
      def: isSecret ? secretArena : old ? oldArena : arena,
      world: this.clock,
      chance: this.chance,
      network: {
        delayMs: () => (this.chance() < 0.9 ? this.chance() * 8 : this.chance() * 120),
        accept: (link) => {
          this.#viewers.set(link, { user, isHost: index === 0, isSecret });
          this.#links.push(link);
          return this.server?.accept(isSecret ? "secret" : "arena", "sim", link);
        },
        onSent: (way, link, text) => {
          if (way === "down") this.oracle.sent(link, this.#viewers.get(link) ?? { user, isHost: index === 0, isSecret }, text);
          else this.oracle.trace(text);
        },
        onHeard: (link, text) => {
          const epoch = /^\{"type":"(?:snapshot|welcome)".*?"epoch":"([^"]+)"/.exec(text)?.[1];
          // A welcome names the log; what the client has is of it once a snapshot came, or if it resumed.
          if (epoch !== undefined && (text.startsWith('{"type":"snapshot"') || text.includes('"recovered":"resumed"')))
            this.#epochOf.set(link, epoch);
        },
      },
      onTrouble: (code, message) => this.#clientTrouble(code, message),
      onRefused: (client, seq, refusal) => this.oracle.refused(user, client, seq, refusal),
      onChange: (changed) => this.#changed(changed, old ? "everyone" : audience),
    });
    this.people.push(person);
  }

  /** The log that a person's confirmed state is of. */
  epochOf(person: Person): string | undefined {
    return person.link === undefined ? undefined : this.#epochOf.get(person.link);
  }

  readonly #lastRev = new WeakMap<object, { epoch: string; rev: number; snapshot: unknown }>();

  #changed(person: Person, audience: string): void {
    const { room } = person;
    if (room === undefined || room.rev < 0 || room.connection.status !== "live") return;
    const epoch = this.epochOf(person);
    const last = this.#lastRev.get(room);
    if (epoch === undefined || (last?.snapshot === room.confirmed && last.rev === room.rev)) return;
    if (last !== undefined && last.epoch === epoch && room.rev < last.rev)
      this.oracle.violate("L6", `${person.user} went back from rev ${last.rev} to ${room.rev}`);
    this.#lastRev.set(room, { epoch, rev: room.rev, snapshot: room.confirmed });
    this.oracle.confirmed(audience, epoch, room.rev, JSON.stringify([room.confirmed.value, room.confirmed.context]));
  }

  #clientTrouble(code: string, message: string): void {
    this.fire(`client.${code}`);
    if (code === "diverged" || code === "storage") this.oracle.violate("L14", `a client had trouble: ${code}: ${message}`);
  }
}
