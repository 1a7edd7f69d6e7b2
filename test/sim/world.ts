/** One simulated run's server and disk, beside its people and their network (crowd.ts). From: run.ts, which makes things happen. To: oracle.ts and watch.ts. */
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import type { Room } from "../../src/room/room.ts";
import type { Link } from "../../src/testing/network.ts";
import type { SimServer } from "../../src/testing/server.ts";
import { type Arena, isHost, viewTrouble } from "./arena.ts";
import { Crowd, type Served } from "./crowd.ts";
import { SimDisk } from "./disk.ts";
import { Lives } from "./lives.ts";
import type { Plan } from "./plan.ts";
import type { Truth } from "./watch.ts";

export type OnBoot = (server: SimServer, clock: Clock) => void;

/** The simulated disk need not be a real one. */
const memoryFolder = "/dev/shm";

/** What a run has that its checks need. */
export class World extends Crowd implements Truth {
  readonly disk: SimDisk;
  readonly lives: Lives;
  ranSinceMs = 0;

  /** For who looks on. */
  readonly onBoot: OnBoot;

  constructor(plan: Plan, onBoot: OnBoot = () => undefined) {
    super(plan);
    this.onBoot = onBoot;
    this.disk = new SimDisk(mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), "quorate-sim-")));
    this.lives = new Lives(this);
  }

  protected override serve(_: string, link: Link): Served | undefined {
    const end = this.lives.server?.accept(this.plan.secret ? "secret" : "arena", "sim", link);
    return end && { end, truth: this };
  }

  protected override isDurable(epoch: string, rev: number): boolean {
    const durable = this.disk.durable.get(this.roomName);
    return durable !== undefined && durable.epoch === epoch && durable.rev >= rev;
  }

  override get isLossy(): boolean {
    return this.lives.lossy;
  }

  override knows(user: string, client: string): boolean {
    return this.room?.sessions.find(user, client) !== undefined;
  }

  override fire(name: string): void {
    if (/^(kill|stop|disk|read|loss|downgrade|upgrade)/.test(name)) this.oracle.mayForget = true;
    this.fired.set(name, (this.fired.get(name) ?? 0) + 1);
  }

  /** Only then is a copy of the disk of any use. */
  get mayRollBack(): boolean {
    return this.plan.steps.some((step) => step.do === "kill" && step.loss === "rollBack");
  }

  get room(): Room | undefined {
    for (const room of this.lives.server?.directory.rooms ?? []) if (room.name === this.roomName) return room;
    return undefined;
  }

  // --- what is true at the moment, for watch.ts --------------------------------------------------------------------------

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
}
