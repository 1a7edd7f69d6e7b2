/** The server of a simulated run: one process after the other, on one disk. From: run.ts, which ends them. */
import { fromPromise } from "xstate";
import { serve } from "../../src/room/serve.ts";
import { LifeClock } from "../../src/testing/life.ts";
import { SimServer } from "../../src/testing/server.ts";
import { arena, newArena, newSecretArena, oldArena, oldSecretArena, secretArena, serverVersion } from "./arena.ts";
import { limits } from "./limits.ts";
import { simAuth } from "./sign-in.ts";
import type { Loss } from "./steps.ts";
import type { Disturbance } from "./timeline.ts";
import type { World } from "./world.ts";

/** What is served, by release. */
const releases: Readonly<Record<number, readonly unknown[]>> = {
  [serverVersion - 1]: [oldArena, oldSecretArena],
  [serverVersion]: [arena, secretArena],
  [serverVersion + 1]: [newArena, newSecretArena],
};
/** A backoff, a start that fails, a room that nobody asked for yet. */
const recoveryMs = 10_000;

export class Lives {
  readonly #world: World;
  server: SimServer | undefined;
  /** The running process'. */
  life: LifeClock | undefined;
  readonly alarms: { readonly code: string; readonly message: string }[] = [];
  /** When there was no server, or one in trouble, and for some time after; by the wall clock, ms. */
  readonly disturbances: Disturbance[] = [];
  /** History was lost on purpose: acknowledged ops may be gone. */
  lossy = false;
  #ids = 0;
  #booting = 0;
  #isDamaged = false;
  #isOld = false;
  #release = serverVersion;
  #slowUntilMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async boot(): Promise<void> {
    const booting = ++this.#booting;
    const life = new LifeClock(this.#world.clock);
    this.life = life;
    const job = fromPromise<number, { tag: string }>(
      ({ input }) =>
        new Promise((resolve, reject) => {
          if (!this.#world.disk.tags.has(input.tag))
            this.#world.oracle.violate("L3", `the service of ${input.tag} starts before its op is durable`);
          const fails = this.#world.chance() < 0.3;
          life.setTimer(this.#world.chance() * 3_000, () => (fails ? reject(new Error("the job failed")) : resolve(1)));
        }),
    );
    const services = { job };
    try {
      const server = await SimServer.boot({
        types: (releases[this.version] ?? []).map((type) => serve(type as never, { services } as never)),
        journal: this.#world.disk.factory(
          life,
          () => this.#world.chance() * 4 + Math.max(0, this.#slowUntilMs - this.#world.clock.monotonic()),
        ),
        clock: life,
        limits,
        auth: simAuth(this.#world, life),
        resumeKey: "the same over all restarts",
        newId: () => `id${++this.#ids}`,
        development: this.#world.plan.seed % 4 === 0,
        onAlarm: (alarm) => this.alarm(alarm.code, alarm.message, "error" in alarm ? alarm.error : undefined),
      });
      if (booting !== this.#booting || life.isDead) return;
      this.server = server;
      this.#world.onBoot(server, life);
      this.#isDamaged = false;
    } catch (error) {
      // A start that fails is tried again, as a supervisor does.
      this.alarm("boot", "the server did not start", error);
      this.#world.clock.setTimer(200, () => booting === this.#booting && void this.boot());
    }
  }

  /** SIGKILL. `downMs` later another process starts on the same disk. */
  kill(downMs: number, loss?: Loss): void {
    this.disturb(downMs);
    this.#booting++;
    this.life?.kill();
    this.server = undefined;
    for (const link of this.#world.watches.keys()) link.serverDied();
    this.#world.watches.clear();
    this.#world.disk.kill();
    // One at a time: what is lost together with the mark, nobody can find.
    if (
      loss !== undefined &&
      !this.#isOld &&
      !this.#isDamaged &&
      (loss === "rollBack" ? this.#world.disk.rollBack() : this.#world.disk.damage(loss, this.#world.chance))
    ) {
      this.#isDamaged = true;
      if (!loss.startsWith("mark")) this.lossy = true;
      this.#world.fire(`loss.${loss}`);
    }
    const booting = this.#booting;
    this.#world.clock.setTimer(downMs, () => booting === this.#booting && void this.boot());
  }

  /** Of the room types, as the running process has it. */
  get version(): number {
    return this.#isOld ? this.#release - 1 : this.#release;
  }

  /** The next release: what is there, it has to migrate. There is one. */
  upgrade(downMs: number): void {
    if (this.#isOld || this.#release > serverVersion) return;
    this.#world.fire("upgrade");
    this.#release++;
    this.kill(downMs);
  }

  /** Somebody starts the last release again, on the room that the newest one has written. */
  downgrade(ms: number): void {
    const durable = this.#world.disk.durable.get(this.#world.roomName);
    if (this.lossy || durable === undefined || durable.rev === 0) return; // it would be that release's room
    this.#world.fire("downgrade");
    this.#isOld = true;
    this.disturb(ms);
    this.kill(0);
    this.#world.clock.setTimer(ms, () => {
      this.#isOld = false;
      this.kill(0);
    });
  }

  /** For so long, and until it has recovered. */
  disturb(ms: number): void {
    const from = this.#world.clock.now();
    this.disturbances.push({ from, until: from + ms + recoveryMs });
  }

  /** In the last `ms`. A wall clock that jumped says nothing of that. */
  wasDisturbed(ms: number): boolean {
    const now = this.#world.clock.now();
    return this.#world.fired.has("jumpClock") || this.disturbances.some(({ until }) => until > now - ms);
  }

  /** What the disk is asked for from now on, it does not do before that time is over. */
  slowDisk(ms: number): void {
    if (ms > 0) this.disturb(ms);
    this.#slowUntilMs = this.#world.clock.monotonic() + ms;
  }

  stop(downMs: number, killAfterMs: number | undefined): void {
    const { server } = this;
    if (server === undefined) return;
    this.disturb(downMs);
    const booting = this.#booting;
    if (killAfterMs !== undefined)
      this.#world.clock.setTimer(killAfterMs, () => {
        if (this.server !== server) return;
        this.#world.fire("killInDrain");
        this.kill(downMs);
      });
    void server.stop().then(
      () => {
        if (booting !== this.#booting || this.server !== server) return;
        this.kill(downMs);
      },
      (error: unknown) => this.alarm("stop", "the drain failed", error),
    );
  }

  alarm(code: string, message: string, error: unknown): void {
    this.alarms.push({ code, message: error === undefined ? message : `${message} (${String(error)})` });
    this.#world.oracle.trace(code);
    if (message.includes("quarantined")) this.#world.oracle.mayForget = true; // the room starts afresh, as after a crash
    if (`${message} ${String(error ?? "")}`.includes("taint ")) this.#world.oracle.violate("L8", `an alarm tells a secret: ${message}`);
  }
}
