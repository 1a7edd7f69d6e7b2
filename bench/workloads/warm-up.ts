/** A just-in-time compiler is done with code after tens of thousands of calls, not after a time: the first two clients make them, so that nobody is overloaded by it. */
import type { Bench } from "../load/bench.ts";
import type { Fleet } from "../load/fleet.ts";
import { Schedule } from "../load/schedule.ts";
import { statusText } from "./texts.ts";

const perSecond = 6_000;
const msMax = 8_000;
/** What a room type has to allow for it. */
export const warmUpLimits = { commandsPerSecond: 20_000, commandsBurst: 20_000 };

export async function warmUp(bench: Bench, fleet: Fleet): Promise<void> {
  await fleet.join(2);
  await atPace(fleet, { perSecond, ms: Math.min(msMax, bench.job.warmUpSeconds * 1_000), writers: 1 });
}

const togetherPerSecond = 2_000;
const settleMs = 2_000;

/**
 * The same once everybody is there, since other shapes make other code. Only servers that gather what comes in a window can do more than the
 * workload asks for. Returns for how long the workload's own pace is to go on before it is measured.
 */
export async function warmUpTogether(bench: Bench, fleet: Fleet, writers: number): Promise<number> {
  const ms = bench.job.warmUpSeconds * 1_000;
  if (!/^(quorate|durable)/.test(bench.job.server)) return ms;
  await atPace(fleet, { perSecond: togetherPerSecond, ms, writers });
  return Math.min(ms, settleMs);
}

/** The observer, client 0, does not write. */
async function atPace(fleet: Fleet, { perSecond, ms, writers }: { perSecond: number; ms: number; writers: number }): Promise<void> {
  const schedule = new Schedule({ perSecond, send: (i, dueMs) => fleet.clients[1 + (i % writers)]?.command(dueMs, statusText(i)) });
  await Bun.sleep(ms);
  schedule.stop();
  await fleet.observed();
}
