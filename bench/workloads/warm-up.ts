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
  const schedule = new Schedule({ perSecond, send: (i, dueMs) => fleet.clients[1]?.command(dueMs, statusText(i)) });
  await Bun.sleep(Math.min(msMax, bench.job.warmUpSeconds * 1_000));
  schedule.stop();
  await fleet.observed();
}
