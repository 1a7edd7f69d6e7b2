/** What is true for one node of a simulated run, whoever decides. From: nodes.ts. To: watch.ts, for the connections of that node. */
import type { Room } from "../../../src/room/room.ts";
import type { LifeClock } from "../../../src/testing/life.ts";
import { type Arena, isHost, serverVersion } from "../../sim/arena.ts";
import { limits } from "../../sim/limits.ts";
import type { Truth, Watch } from "../../sim/watch.ts";
import type { ClusterWorld } from "./world.ts";

export class NodeTruth implements Truth {
  readonly #world: ClusterWorld;
  readonly #room: () => Room | undefined;
  readonly #life: LifeClock;
  readonly limits = limits;
  ranSinceMs = 0;

  constructor(world: ClusterWorld, room: () => Room | undefined, life: LifeClock) {
    this.#world = world;
    this.#room = room;
    this.#life = life;
  }

  get clock(): LifeClock {
    return this.#life;
  }

  get welcomed(): Map<string, Watch> {
    return this.#world.welcomed;
  }

  get isSecret(): boolean {
    return this.#world.isSecret;
  }

  wall(): number {
    return this.#life.now();
  }

  version(): number {
    return serverVersion;
  }

  isOfThisVersion(rev: number): boolean {
    return this.#room()?.isOfThisVersion(rev) ?? true;
  }

  seesSecrets(user: string): boolean {
    const state = this.#room()?.committed?.domain.snapshot.context as Arena | undefined;
    return state !== undefined && isHost(state, user);
  }

  userOf(who: number): string | undefined {
    return this.#room()?.committed?.roster.find((entry) => entry.who === who)?.user;
  }

  /** While it is not sure who decides, nobody can say. */
  lastSeq(user: string, client: string): number | undefined {
    const { owners } = this.#world.nodes;
    const [owner] = owners;
    if (owner === undefined || owners.length > 1 || this.#world.wasDisturbed(0)) return undefined;
    return this.#world.nodes.roomOf(owner)?.owner?.lastSeq(user, client) ?? 0;
  }
}
