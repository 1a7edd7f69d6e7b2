/** The last ops, encoded, in memory: what a delta for someone who is behind is made of. Bounded in ops and bytes (L11). From: feed.ts. */
import { type EncodedOp, opBytes } from "../protocol/frames.ts";

export class Ring {
  readonly #opsMax: number;
  readonly #bytesMax: number;
  #ops: EncodedOp[] = [];
  /** Beside each op: the bytes of all ops ever, up to it. */
  #totals: number[] = [];
  /** Index of the oldest kept op in `#ops`; the dead prefix is cut off now and then, so that dropping one op is O(1). */
  #start = 0;
  /** Of all ops ever, and of those that are no longer here. */
  #total = 0;
  #dropped = 0;
  #head: number;

  constructor(limits: { readonly ringOpsMax: number; readonly ringBytesMax: number }, head: number) {
    this.#opsMax = limits.ringOpsMax;
    this.#bytesMax = limits.ringBytesMax;
    this.#head = head;
  }

  /** The newest rev. */
  get head(): number {
    return this.#head;
  }

  push(op: EncodedOp): void {
    if (op.rev !== this.#head + 1) throw new Error(`rev ${op.rev} after rev ${this.#head} in the ring`);
    this.#head = op.rev;
    this.#ops.push(op);
    this.#total += opBytes(op);
    this.#totals.push(this.#total);
    while (this.#ops.length - this.#start > this.#opsMax || this.#total - this.#dropped > this.#bytesMax) {
      const dropped = this.#totals[this.#start];
      if (dropped === undefined) break;
      this.#dropped = dropped;
      this.#start++;
    }
    if (this.#start > 256 && this.#start * 2 > this.#ops.length) {
      this.#ops = this.#ops.slice(this.#start);
      this.#totals = this.#totals.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The ops after `rev`, all of them; `undefined` if some are no longer here or are yet to come. */
  since(rev: number): readonly EncodedOp[] | undefined {
    const missed = this.#head - rev;
    if (missed < 0 || missed > this.#ops.length - this.#start) return undefined;
    return this.#ops.slice(this.#ops.length - missed);
  }

  /** Bytes of all ops ever, up to `rev`; up to the oldest one that is here, if that is before it. */
  totalAt(rev: number): number {
    const i = this.#ops.length - 1 - (this.#head - rev);
    return i < this.#start ? this.#dropped : (this.#totals[i] ?? this.#total);
  }
}
