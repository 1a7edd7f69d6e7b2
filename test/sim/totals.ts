/** What many runs came to, added up. */
import type { Outcome } from "./outcome.ts";

export class Totals {
  seeds = 0;
  failed = 0;
  ops = 0;
  frames = 0;
  readonly fired = new Map<string, number>();
  readonly dealt = new Map<string, number>();
  readonly taken = new Map<string, number>();

  add(outcome: Outcome): void {
    this.seeds++;
    this.ops += outcome.ops;
    this.frames += outcome.frames;
    if (outcome.violations.length > 0) this.failed++;
    for (const kind of ["fired", "dealt", "taken"] as const)
      for (const [name, times] of outcome[kind]) this[kind].set(name, (this[kind].get(name) ?? 0) + times);
  }

  line(ms: number): string {
    const perSecond = (this.seeds / (ms / 1_000)).toFixed(1);
    return `${this.seeds} seeds, ${this.ops} ops told, ${this.frames} frames, ${(ms / 1_000).toFixed(1)} s, ${perSecond} seeds/s, ${this.failed} failed`;
  }
}
