/** A shared log whose time goes by itself. From: the tests beside it. */
import type { Retention } from "../../src/journal/retention.ts";
import { random } from "../../src/testing/random.ts";
import { RunningClock } from "../support/running-clock.ts";
import { SharedLog } from "../support/shared-log.ts";

export const timeoutMs = 100;

export function running(retention: Partial<Retention> = {}): { readonly log: SharedLog; readonly clock: RunningClock } {
  const clock = new RunningClock();
  void clock.run();
  return { log: new SharedLog(clock, { timeoutMs, ...retention }), clock };
}

/** Calls take their time, and the live feed loses and mixes up what it tells. */
export function slowly(log: SharedLog, seed: number): void {
  const chance = random(seed);
  log.latencyMs = () => Math.floor(chance() * 4);
  log.liveAfterMs = () => (chance() < 0.3 ? undefined : Math.floor(chance() * 20));
}
