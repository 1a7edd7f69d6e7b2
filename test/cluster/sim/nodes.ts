/** The nodes of a simulated run: processes that come and go, each in its place, on one log and one net. From: world.ts, run.ts. */
import { fromPromise } from "xstate";
import type { Room } from "../../../src/room/room.ts";
import { serve } from "../../../src/room/serve.ts";
import { LifeClock } from "../../../src/testing/life.ts";
import { SimServer } from "../../../src/testing/server.ts";
import { arena, secretArena } from "../../sim/arena.ts";
import { limits } from "../../sim/limits.ts";
import { simAuth } from "../../sim/sign-in.ts";
import { NodeTruth } from "./node-truth.ts";
import type { Cut, Target } from "./steps.ts";
import type { ClusterWorld } from "./world.ts";

/** So long a node may take to stop. */
const patienceMs = 30_000;

/** One process, from its start to its end. */
export interface SimNode {
  readonly id: string;
  readonly place: number;
  readonly life: LifeClock;
  readonly truth: NodeTruth;
  /** Not there: it is starting. */
  server: SimServer | undefined;
  /** It is told to stop. */
  isDraining: boolean;
}

export class Nodes {
  readonly #world: ClusterWorld;
  /** By place. */
  readonly running: (SimNode | undefined)[];
  #started = 0;
  #ids = 0;

  constructor(world: ClusterWorld, count: number) {
    this.#world = world;
    this.running = Array.from({ length: count }, () => undefined);
  }

  get all(): readonly SimNode[] {
    return this.running.filter((node) => node !== undefined);
  }

  roomOf({ server }: SimNode): Room | undefined {
    for (const room of server?.directory.rooms ?? []) if (room.name === this.#world.roomName) return room;
    return undefined;
  }

  /** Those that hold themselves for the room's owner. */
  get owners(): readonly SimNode[] {
    return this.all.filter((node) => this.roomOf(node)?.owner !== undefined);
  }

  isRunning(node: SimNode | undefined): boolean {
    return node !== undefined && !node.life.isDead && !node.life.isPaused;
  }

  at(target: Target): SimNode | undefined {
    if (typeof target === "number") return this.running[target % this.running.length];
    const { owners } = this;
    return target === "owner" ? owners[0] : this.all.find((node) => !owners.includes(node));
  }

  async boot(place: number): Promise<void> {
    const world = this.#world;
    const id = `n${place}.${++this.#started}`;
    const life = new LifeClock(world.clock);
    const node: SimNode = {
      id,
      place,
      life,
      truth: new NodeTruth(world, () => this.roomOf(node), life),
      server: undefined,
      isDraining: false,
    };
    this.running[place] = node;
    const services = { job: this.#job(life) };
    const server = await SimServer.boot({
      types: [serve(arena, { services }), serve(secretArena, { services })],
      journal: (deps) => world.log.journal(id, deps, life),
      clock: life,
      limits,
      auth: simAuth(world, life),
      resumeKey: "the same on all nodes",
      newId: () => `id${++this.#ids}`,
      development: world.plan.seed % 4 === 0,
      count: (name) => name.startsWith("cluster.") && world.fire(name),
      onAlarm: (alarm) => world.alarm(node, alarm.code, alarm.message, "error" in alarm ? alarm.error : undefined),
    });
    if (!life.isDead) node.server = server;
  }

  /** SIGKILL. `downMs` later there is another process in its place. */
  kill(node: SimNode, downMs: number): void {
    if (node.life.isDead) return;
    this.#world.disturb(downMs);
    node.life.kill();
    this.#world.disconnect(node);
    this.running[node.place] = undefined;
    this.#world.clock.setTimer(downMs, () => {
      if (this.running[node.place] === undefined) void this.boot(node.place);
    });
  }

  /** As at SIGTERM. */
  drain(node: SimNode, downMs: number, killAfterMs: number | undefined): void {
    const { server } = node;
    if (server === undefined || node.isDraining) return;
    this.#world.disturb(0);
    node.isDraining = true;
    const gone = () => this.kill(node, downMs);
    this.#world.clock.setTimer(killAfterMs ?? patienceMs, gone);
    void server.stop().then(gone, (error: unknown) => this.#world.alarm(node, "stop", "the drain failed", error));
  }

  pause(node: SimNode, ms: number): void {
    this.#world.disturb(ms);
    node.life.pause();
    this.#world.clock.setTimer(ms, () => this.#resume(node));
  }

  cut(node: SimNode, from: Cut, ms: number): void {
    const { log, clock } = this.#world;
    this.#world.disturb(ms);
    if (from !== "net") log.cut(node.id);
    if (from !== "log") log.net.cut(node.id);
    clock.setTimer(ms, () => this.#heal(node));
  }

  /** All are there, and nothing is between them. */
  calm(): void {
    for (const node of this.all) {
      this.#resume(node);
      this.#heal(node);
    }
  }

  #resume(node: SimNode): void {
    if (!node.life.isPaused) return;
    node.life.resume();
    node.truth.ranSinceMs = this.#world.clock.monotonic();
  }

  #heal({ id }: SimNode): void {
    this.#world.log.heal(id);
    this.#world.log.net.heal(id);
  }

  #job(life: LifeClock) {
    const world = this.#world;
    return fromPromise<number, { tag: string }>(
      ({ input }) =>
        new Promise((resolve, reject) => {
          if (!world.history.tags.has(input.tag)) world.oracle.violate("L3", `the service of ${input.tag} starts before its op is durable`);
          const fails = world.chance() < 0.3;
          life.setTimer(world.chance() * 3_000, () => (fails ? reject(new Error("the job failed")) : resolve(1)));
        }),
    );
  }
}
