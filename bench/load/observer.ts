/** The one client that reads everything: each op has to be there exactly once, in order, and its mark tells how long it took. From: client.ts, as a client's reader. */
import type { Reading, SeenOp } from "./dialect.ts";

export class GapError extends Error {
  override readonly name = "GapError";
}

export interface Sample {
  readonly mark: number;
  readonly latencyMs: number;
}

export class Observer {
  /** Commands of the load's that it has seen. */
  commands = 0;
  /** Everything that was numbered, joins too. */
  ops = 0;
  snapshots = 0;
  /** Left out on purpose, by a server that passes on the newest state only. */
  skipped = 0;
  /** The first thing that was wrong. */
  problem: GapError | undefined;
  readonly samples: Sample[] = [];
  readonly cursorSamples: Sample[] = [];
  readonly #last = new Map<number, number>();
  readonly #now: () => number;
  readonly #skips: boolean;
  readonly #maySnapshot: boolean;

  /** `maySnapshot`: the state may come as a whole, in place of ops; for a client that was away. */
  constructor({ now, skips = false, maySnapshot = false }: { now: () => number; skips?: boolean; maySnapshot?: boolean }) {
    this.#now = now;
    this.#skips = skips;
    this.#maySnapshot = maySnapshot;
  }

  read({ ops, snapshot, cursors = [] }: Reading): void {
    if (snapshot !== undefined) this.#jump(snapshot);
    const now = this.#now();
    for (const mark of cursors) this.cursorSamples.push({ mark, latencyMs: now - mark });
    for (const op of ops) {
      this.#follow(op);
      if (op.mark === undefined) continue;
      this.commands++;
      this.samples.push({ mark: op.mark, latencyMs: now - op.mark });
    }
  }

  /** Of commands that were due in that time. */
  latencies(fromMs: number, toMs: number): number[] {
    return within(this.samples, fromMs, toMs);
  }

  /** Of cursors; those that a later one replaced were never told. */
  cursorLatencies(fromMs: number, toMs: number): number[] {
    return within(this.cursorSamples, fromMs, toMs);
  }

  #follow({ stream, n }: SeenOp): void {
    this.ops++;
    const last = this.#last.get(stream);
    this.#last.set(stream, n);
    if (last === undefined || n === last + 1) return;
    if (n <= last) this.#wrong(`${n} came again, or too late: ${last} was there already`);
    else if (this.#skips) this.skipped += n - last - 1;
    else this.#wrong(`after ${last} came ${n}: ${n - last - 1} are missing`);
  }

  #jump(to: number): void {
    this.snapshots++;
    const last = this.#last.get(0);
    if (last !== undefined && !this.#maySnapshot) this.#wrong(`the whole state came at ${to}, in place of what follows ${last}`);
    if (last !== undefined && to < last) this.#wrong(`the whole state came at ${to}, which is before ${last}`);
    this.#last.set(0, to);
  }

  #wrong(message: string): void {
    this.problem ??= new GapError(message);
  }
}

const within = (samples: readonly Sample[], fromMs: number, toMs: number): number[] =>
  samples.filter(({ mark }) => mark >= fromMs && mark < toMs).map(({ latencyMs }) => latencyMs);
