/** What the log and the net of a simulated run do to calls and packets. From: world.ts, run.ts. */
import type { Call, Fault } from "../../support/shared-log.ts";
import type { SimNode } from "./nodes.ts";
import type { NodeDeed } from "./steps.ts";
import type { ClusterWorld } from "./world.ts";

type LogFault = Extract<NodeDeed, { do: "logFault" }>;

/** Something that is so for a while, and how much of it there is. */
interface Spell {
  readonly until: number;
  readonly share: number;
  readonly upToMs: number;
}
const none: Spell = { until: -1, share: 0, upToMs: 0 };

export class Troubles {
  readonly #world: ClusterWorld;
  /** What calls of a node meet. */
  #waiting: { readonly node: SimNode; readonly fault: LogFault; after: number }[] = [];
  #log = none;
  #live = none;
  #net = none;
  #loss = none;

  constructor(world: ClusterWorld) {
    this.#world = world;
    const { log, chance } = world;
    log.latencyMs = () => chance() * 4 + this.#late(this.#log);
    log.fault = (call) => this.#meet(call);
    log.liveAfterMs = () => {
      if (this.#isOn(this.#live) && chance() < this.#live.share) return void world.fire("liveLost");
      return chance() * 4 + this.#late(this.#live);
    };
    log.net.latencyMs = () => chance() * 4 + this.#late(this.#net);
    log.net.loses = () => {
      if (!this.#isOn(this.#loss) || chance() >= this.#loss.share) return false;
      world.fire("packetLost");
      return true;
    };
  }

  slowLog(ms: number, upToMs: number): void {
    this.#log = this.#spell(ms, 0, upToMs);
  }

  liveTrouble(ms: number, share: number, upToMs: number): void {
    this.#live = this.#spell(ms, share, upToMs);
  }

  slowNet(ms: number, upToMs: number): void {
    this.#net = this.#spell(ms, 0, upToMs);
  }

  lossyNet(ms: number, share: number): void {
    this.#loss = this.#spell(ms, share, 0);
  }

  fail(node: SimNode, fault: LogFault): void {
    this.#waiting.push({ node, fault, after: fault.after });
  }

  calm(): void {
    this.#waiting = [];
    this.#log = none;
    this.#live = none;
    this.#net = none;
    this.#loss = none;
  }

  #spell(ms: number, share: number, upToMs: number): Spell {
    this.#world.disturb(ms);
    return { until: this.#world.clock.monotonic() + ms, share, upToMs };
  }

  #isOn({ until }: Spell): boolean {
    return this.#world.clock.monotonic() < until;
  }

  #late(spell: Spell): number {
    return this.#isOn(spell) ? this.#world.chance() * spell.upToMs : 0;
  }

  #meet({ node: id, kind }: Call): Fault | undefined {
    const found = this.#waiting.find((one) => one.node.id === id && one.fault.kind === kind);
    if (found === undefined || found.after-- > 0) return undefined;
    this.#waiting = this.#waiting.filter((one) => one !== found);
    const { fault, dies } = found.fault;
    this.#world.disturb(0);
    this.#world.fire(`logFault.${kind}.${typeof fault === "object" ? "late" : fault}`);
    // Some ms later it has arrived, and is done.
    if (dies === true) this.#world.clock.setTimer(5 + this.#world.chance() * 10, () => this.#world.nodes.kill(found.node, 1_000));
    return fault;
  }
}
