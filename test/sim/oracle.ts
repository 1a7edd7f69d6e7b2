/** What must hold in every simulated run, checked while it goes on. From: watch.ts and world.ts, which tell what they see. Each violation names its law. */
export class Oracle {
  readonly violations: string[] = [];
  /** Ops as they were told: `epoch rev` → text. */
  readonly told = new Map<string, string>();
  /** Refusals as they were told: `user client seq` → text. */
  readonly #refusals = new Map<string, string>();
  /** Confirmed states: `epoch rev audience` → text. */
  readonly #states = new Map<string, string>();
  readonly #durable: (epoch: string, rev: number) => boolean;
  /** A server, or a room, that lost its memory decides anew what it had refused, and no op has journaled (SPEC REF-1). */
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

  opTold(epoch: string, rev: number, op: string): void {
    const key = `${epoch} ${rev}`;
    const before = this.told.get(key);
    if (before !== undefined && before !== op) this.violate("L1", `rev ${key} was ${before}, now it is ${op}`);
    this.told.set(key, op);
  }

  /** A refusal is told. */
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

  mustBeDurable(epoch: string, rev: number, type: string): void {
    if (!this.#durable(epoch, rev)) this.violate("L3", `a ${type} tells of rev ${rev} of ${epoch}, which is not durable`);
  }
}
