/** One simulated run's nodes, log and net, beside its people and their network. From: run.ts, which makes things happen. To: oracle.ts and watch.ts. */
import type { Link, ServerEnd } from "../../../src/testing/network.ts";
import { Crowd, type Served } from "../../sim/crowd.ts";
import type { Plan } from "../../sim/plan.ts";
import type { Disturbance } from "../../sim/timeline.ts";
import { SharedLog } from "../../support/shared-log.ts";
import { History } from "./history.ts";
import { Nodes, type SimNode } from "./nodes.ts";
import { Troubles } from "./troubles.ts";

/** After a fault: to notice it, to claim the room, to say who is there; and people come back. */
const recoveryMs = 20_000;
/** No fewer than a ring has. */
const keepFewOps = 25;

export class ClusterWorld extends Crowd {
  readonly log: SharedLog;
  readonly history = new History();
  /** History was lost on purpose. */
  #isLossy = false;
  readonly nodes: Nodes;
  readonly troubles: Troubles;
  readonly alarms: { readonly code: string; readonly message: string }[] = [];
  /** By the wall clock, ms. */
  readonly disturbances: Disturbance[] = [];
  /** Where somebody's next connection goes: by user. */
  readonly nextPlace = new Map<string, number>();
  readonly #nodeOf = new WeakMap<Link, SimNode>();

  constructor(plan: Plan) {
    super(plan);
    this.log = new SharedLog(this.clock, { keepOps: plan.seed % 3 === 0 ? keepFewOps : 100_000 });
    this.log.onWritten = (_, message, entries) => this.history.note(message, entries);
    this.nodes = new Nodes(this, plan.nodes ?? 1);
    this.troubles = new Troubles(this);
  }

  protected override serve(user: string, link: Link): Served | undefined {
    const node = this.#nodeFor(user);
    const end = node?.server?.accept(this.plan.secret ? "secret" : "arena", "sim", link);
    if (node === undefined || end === undefined) return undefined;
    this.#nodeOf.set(link, node);
    return { end, truth: node.truth };
  }

  /** As whatever stands before the nodes has it: some node, now and then one that is not there. */
  #nodeFor(user: string): SimNode | undefined {
    const { running, all } = this.nodes;
    const place = this.nextPlace.get(user);
    this.nextPlace.delete(user);
    if (place !== undefined) return running[place % running.length];
    const among = this.chance() < 0.1 && !this.isPeace ? running : all.filter(({ server }) => server !== undefined);
    return among[Math.floor(this.chance() * among.length)];
  }

  /** What comes to a node that stands still waits. */
  protected override accept(user: string, link: Link): ServerEnd | undefined {
    const end = super.accept(user, link);
    const life = this.#nodeOf.get(link)?.life;
    if (end === undefined || life === undefined) return end;
    return {
      received: (text) => life.run(() => end.received(text)),
      ponged: () => life.run(() => end.ponged()),
      drained: () => life.run(() => end.drained()),
      closed: () => life.run(() => end.closed()),
    };
  }

  nodeOf(link: Link): SimNode | undefined {
    return this.#nodeOf.get(link);
  }

  /** Its process is gone. */
  disconnect(node: SimNode): void {
    for (const link of [...this.watches.keys()]) {
      if (this.#nodeOf.get(link) !== node) continue;
      link.serverDied();
      this.watches.delete(link);
    }
  }

  protected override isDurable(epoch: string, rev: number): boolean {
    return this.history.isDurable(epoch, rev);
  }

  override get isLossy(): boolean {
    return this.#isLossy;
  }

  /** So many of the last ops turn out to be damaged when the room is taken over next. */
  loseEnd(ops: number): void {
    this.#isLossy = true;
    this.disturb(0);
    this.log.damage(this.roomName, Math.max(0, this.history.rev - ops));
  }

  override knows(user: string, client: string): boolean {
    if (this.#isLossy) return false; // it may know less by the time that it is asked
    return this.nodes.all.some((node) => {
      const { sessions, places } = this.nodes.roomOf(node) ?? {};
      return sessions?.find(user, client) !== undefined || places?.find(user, client) !== undefined;
    });
  }

  override fire(name: string): void {
    if (/^(kill|drain|pause|cutNode|lose|log|slowLog|live|slowNet|lossyNet|cluster)/.test(name)) this.oracle.mayForget = true;
    this.fired.set(name, (this.fired.get(name) ?? 0) + 1);
  }

  /** No fault goes on. */
  calm(): void {
    this.isPeace = true;
    this.revoked.clear();
    this.troubles.calm();
    this.nodes.calm();
  }

  /** For so long, and until it has recovered. */
  disturb(ms: number): void {
    const from = this.clock.now();
    this.disturbances.push({ from, until: from + ms + recoveryMs });
  }

  /** In the last `ms`. */
  wasDisturbed(ms: number): boolean {
    const now = this.clock.now();
    return this.disturbances.some(({ until }) => until > now - ms);
  }

  alarm({ id, life }: SimNode, code: string, message: string, error: unknown): void {
    if (life.isDead) return; // a log of its own tells of it
    const told = `${id}: ${error === undefined ? message : `${message} (${String(error)})`}`;
    this.oracle.trace(code);
    if (message.includes("quarantined")) this.oracle.mayForget = true; // the room starts afresh, as after a crash
    if (told.includes("taint ")) this.oracle.violate("L8", `an alarm tells a secret: ${message}`);
    this.alarms.push({ code, message: told });
    if (`${error}`.includes("the sign-in's own trouble")) return;
    const isNever = ["internal", "session", "determinism", "replay", "version", "stop", "server"].includes(code);
    const isLost = ["epoch", "ahead", "damaged"].includes(code) && !this.#isLossy;
    if (isLost || isNever || (code === "conflict" && !this.wasDisturbed(0))) this.oracle.violate("L13", `${code}: ${told}`);
  }
}
