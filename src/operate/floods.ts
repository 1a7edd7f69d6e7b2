/** Alarms of one kind that come by the hundred are a few lines and a number: a client can bring some about, and a disk must not fill with them. From: log.ts. */
const linesMax = 20;
const overMs = 10_000;

export class Floods {
  readonly #now: () => number;
  readonly #kinds = new Map<string, { sinceMs: number; told: number; leftOut: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `leftOut`: so many of this kind were not told before this one. */
  of(kind: string): { readonly isTold: boolean; readonly leftOut: number } {
    const now = this.#now();
    const seen = this.#kinds.get(kind);
    if (seen === undefined || now - seen.sinceMs >= overMs) {
      this.#kinds.set(kind, { sinceMs: now, told: 1, leftOut: 0 });
      return { isTold: true, leftOut: seen?.leftOut ?? 0 };
    }
    if (seen.told >= linesMax) {
      seen.leftOut++;
      return { isTold: false, leftOut: seen.leftOut };
    }
    seen.told++;
    return { isTold: true, leftOut: 0 };
  }
}
