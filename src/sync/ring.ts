/** The last ops, encoded, in memory: what a delta for someone who is behind is made of. Bounded in ops and bytes (L11). From: feed.ts. */
import { type EncodedOp, opBytes } from "../protocol/frames.ts";

export class Ring {
  readonly #opsMax: number;
  readonly #bytesMax: number;
  #ops: EncodedOp[] = [];
  /** Index of the oldest kept op in `#ops`; the dead prefix is cut off now and then, so that dropping one op is O(1). */
  #start = 0;
  #bytes = 0;
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
    this.#bytes += opBytes(op);
    while (this.#ops.length - this.#start > this.#opsMax || this.#bytes > this.#bytesMax) {
      const oldest = this.#ops[this.#start++];
      if (oldest === undefined) break;
      this.#bytes -= opBytes(oldest);
    }
    if (this.#start > 256 && this.#start * 2 > this.#ops.length) {
      this.#ops = this.#ops.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The ops after `rev`, all of them; `undefined` if some are no longer here or are yet to come. */
  since(rev: number): readonly EncodedOp[] | undefined {
    const missed = this.#head - rev;
    if (missed < 0 || missed > this.#ops.length - this.#start) return undefined;
    return this.#ops.slice(this.#ops.length - missed);
  }

  /** Bytes of the ops after `from` up to `to`; of what is no longer here it knows nothing, so it may be more. */
  bytesBetween(from: number, to: number): number {
    let bytes = 0;
    for (let i = this.#ops.length - 1; i >= this.#start; i--) {
      const op = this.#ops[i];
      if (op === undefined || op.rev <= from) break;
      if (op.rev <= to) bytes += opBytes(op);
    }
    return bytes;
  }
}
