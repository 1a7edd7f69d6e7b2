/** One connection's rate limits. Each bucket is made when it is first needed: most people in a big room say nothing for hours. From: connection.ts, renewals.ts. */
import type { Limits } from "../protocol/limits.ts";
import { TokenBucket } from "./buckets.ts";

const rates = {
  commands: ({ commandsBurst, commandsPerSecond }: Limits) => ({ capacity: commandsBurst, perSecond: commandsPerSecond }),
  presence: ({ presenceBurst, presencePerSecond }: Limits) => ({ capacity: presenceBurst, perSecond: presencePerSecond }),
  resyncs: ({ resyncBurst, resyncPerSecond }: Limits) => ({ capacity: resyncBurst, perSecond: resyncPerSecond }),
  pings: ({ pingsBurst, pingsPerSecond }: Limits) => ({ capacity: pingsBurst, perSecond: pingsPerSecond }),
  renewals: ({ renewalsBurst, renewalsPerSecond }: Limits) => ({ capacity: renewalsBurst, perSecond: renewalsPerSecond }),
};

export class Rates {
  readonly #buckets: { [K in keyof typeof rates]?: TokenBucket } = {};

  /** Takes one, or says in how many ms there will be one. A type of room may want fewer than the server allows: `limits` are the room's. */
  take(of: keyof typeof rates, limits: Limits, nowMs: number): true | { readonly retryAfterMs: number } {
    this.#buckets[of] ??= new TokenBucket(rates[of](limits), nowMs);
    return this.#buckets[of].take(nowMs);
  }
}
