/** What must hold in every simulated run, checked while it goes on. From: run.ts, which tells what it sees. Each violation names its law. */
import type { Link } from "../../src/testing/network.ts";

export interface Viewer {
  readonly user: string;
  readonly isHost: boolean;
  /** The room type hides secrets from who is no host. */
  readonly isSecret: boolean;
}

interface Heard {
  epoch: string;
  rev: number;
}

export class Oracle {
  readonly violations: string[] = [];
  /** Ops as they were told: `epoch rev` → text. */
  readonly told = new Map<string, string>();
  /** Refusals as they were told: `user client seq` → text. */
  readonly #refusals = new Map<string, string>();
  /** Confirmed states: `epoch rev audience` → text. */
  readonly #states = new Map<string, string>();
  readonly #heard = new WeakMap<Link, Heard>();
  readonly #durable: (epoch: string, rev: number) => boolean;
  /** A server that lost its memory decides anew what it had refused, and no op has journaled (SPEC REF-1). */
  mayForget = false;
  frames = 0;
  hash = 0x811c9dc5;

  /** `durable`: is that rev of that log safe on the disk? */
  constructor(durable: (epoch: string, rev: number) => boolean) {
    this.#durable = durable;
  }

  violate(law: string, what: string): void {
    if (this.violations.length < 20) this.violations.push(`${law}: ${what}`);
  }

  /** The run's whole history, as a number: the same seed gives the same one. */
  trace(text: string): void {
    for (let i = 0; i < text.length; i++) this.hash = Math.imul(this.hash ^ text.charCodeAt(i), 0x01000193);
  }

  /** A frame leaves the server. */
  sent(link: Link, viewer: Viewer, text: string): void {
    this.frames++;
    this.trace(text);
    const { type, payload } = JSON.parse(text) as { type: string; payload: Record<string, unknown> };
    const heard = this.#heard.get(link) ?? { epoch: "", rev: -1 };
    this.#heard.set(link, heard);
    if (viewer.isSecret && !viewer.isHost && text.includes("taint "))
      this.violate("L8", `${viewer.user} is sent a secret: ${text.slice(0, 200)}`);
    if (type === "welcome" || type === "snapshot") {
      heard.epoch = String(payload["epoch"]);
      this.#mustBeDurable(heard.epoch, Number(payload["rev"]), type);
    } else if (type === "delta") {
      const { from, to, at, ops = [] } = payload as { from: number; to: number; at: number; ops?: [number, number, number, unknown][] };
      if (to > from) this.#mustBeDurable(heard.epoch, to, type);
      ops.forEach(([who, seq, dt, event], i) => {
        const key = `${heard.epoch} ${from + 1 + i}`;
        const op = JSON.stringify([who, seq, at + dt, event]);
        const before = this.told.get(key);
        if (before !== undefined && before !== op) this.violate("L1", `rev ${key} was ${before}, now it is ${op}`);
        this.told.set(key, op);
      });
    }
  }

  /** A refusal reaches its client. */
  refused(user: string, client: string, seq: number, refusal: string): void {
    const key = `${user} ${client} ${seq}`;
    const before = this.#refusals.get(key);
    if (before !== undefined && before !== refusal && !this.mayForget)
      this.violate("L10", `${key} was refused with ${before}, now with ${refusal}`);
    this.#refusals.set(key, refusal);
  }

  /** A client's confirmed state changed. */
  confirmed(audience: string, epoch: string, rev: number, text: string): void {
    const key = `${epoch} ${rev} ${audience}`;
    const before = this.#states.get(key);
    if (before !== undefined && before !== text) this.violate("L7", `two have another state at ${key}: ${before} and ${text}`);
    this.#states.set(key, text);
  }

  #mustBeDurable(epoch: string, rev: number, type: string): void {
    if (!this.#durable(epoch, rev)) this.violate("L3", `a ${type} tells of rev ${rev} of ${epoch}, which is not durable`);
  }
}
