/** What clients were told of one room: the same of each rev, whoever tells it to whom. From: watched-socket.ts. To: book.ts, which compares it with the log. */
import { checksum } from "../../../src/protocol/checksum.ts";

export interface ToldOp {
  readonly rev: number;
  readonly who: number;
  readonly seq: number;
  readonly at: number;
  readonly event: unknown;
}

export const digest = ({ who, seq, at, event }: Omit<ToldOp, "rev">): number => checksum(JSON.stringify([who, seq, at, event]));

export class Heard {
  epoch: string | undefined;
  readonly problems: string[] = [];
  /** By rev. */
  readonly #digests: (number | undefined)[] = [];
  ops = 0;
  /** The newest rev that somebody was told. */
  top = 0;

  op(client: string, op: ToldOp): void {
    this.ops++;
    this.top = Math.max(this.top, op.rev);
    const before = this.#digests[op.rev];
    const now = digest(op);
    this.#digests[op.rev] = now;
    if (before !== undefined && before !== now)
      this.problems.push(`[L1] ${client} was told another op at rev ${op.rev} than somebody before`);
  }

  /** `undefined`: nobody was told. */
  at(rev: number): number | undefined {
    return this.#digests[rev];
  }

  /** Nothing that these tests do loses history. */
  inEpoch(client: string, epoch: string): void {
    this.epoch ??= epoch;
    if (epoch !== this.epoch) this.problems.push(`[L4] ${client} was told that history was lost: epoch ${epoch} after ${this.epoch}`);
  }
}
