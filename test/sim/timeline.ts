/** What the journal of a simulated run has to say about time: timers, and the grace of who is away. From: reckoning.ts, with all ops of the last log. */
import type { Op } from "../../src/room/op.ts";
import { fuseMs, tickMs, windingMs } from "./arena.ts";
import type { Crowd } from "./crowd.ts";
import { limits } from "./limits.ts";

/** What each command sets: timers, and when they are due. */
const delays: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  light: { fuse: fuseMs },
  wind: { tick: tickMs, winding: windingMs },
};
/** What a commit and a window may take before a timer is armed, ms. */
const slackMs = 60;
/** A room may have to be loaded first. */
const lateMsMax = 500;

/** By the wall clock, ms. */
export interface Disturbance {
  readonly from: number;
  readonly until: number;
}

/** `mayLeaveEarly`: between those times the server may have known later than its clients that somebody was away. */
export function checkTimeline(
  { oracle, fired, saidBye }: Crowd,
  disturbances: readonly Disturbance[],
  ops: readonly Op[],
  mayLeaveEarly: (from: number, until: number) => boolean = () => false,
): void {
  /** Clocks that jump make no sense of times, only of the order. */
  const isSteady = !fired.has("jumpClock");
  /** A timer is armed once its op is durable: another one may be due meanwhile. */
  const isLate = fired.has("slowDisk");
  /** Running timers, and when they are due. */
  const due = new Map<string, number>();
  const isDisturbed = (from: number, until: number) => disturbances.some((one) => one.from < until && one.until > from);
  const kicked = new Set<string>();
  const awaySince = new Map<string, number>();
  for (const { rev, at, by, event, timer } of ops) {
    const set = timer?.split(".")[2]; // xstate.after.<delay>.<state>
    if (set !== undefined) {
      const dueAt = due.get(set);
      if (dueAt === undefined) oracle.violate("L7", `rev ${rev}: ${event.type} fires, and nothing has set it`);
      else if (isSteady && at < dueAt - slackMs) oracle.violate("L7", `rev ${rev}: ${event.type} fires ${dueAt - at} ms early`);
      if (dueAt !== undefined && isSteady && at > dueAt + lateMsMax && !isDisturbed(dueAt, at))
        oracle.violate("L7", `rev ${rev}: ${event.type} fires ${at - dueAt} ms late, and nothing was in its way`);
      due.delete(set);
      const [other] = [...due].filter(([, otherAt]) => otherAt < (dueAt ?? 0) - slackMs);
      if (isSteady && !isLate && other !== undefined)
        oracle.violate("L7", `rev ${rev}: ${event.type} fires before ${other[0]}, which is due earlier`);
    }
    for (const [name, delay] of Object.entries(delays[event.type] ?? {})) due.set(name, at + delay);
    if (event.type === "defuse") due.delete("fuse");
    // SPEC LIVE-2: who is gone keeps the place for a while.
    const client = `${by.user} ${by.client}`;
    if (event.type === "participant.away") awaySince.set(client, at);
    if (event.type === "participant.back" || event.type === "participant.joined") awaySince.delete(client);
    if (event.type === "kick") kicked.add((event as unknown as { user: string }).user);
    if (event.type === "participant.joined") kicked.delete(by.user);
    const since = awaySince.get(client);
    if (event.type === "participant.left" && since !== undefined) {
      awaySince.delete(client);
      // Who was removed, or said bye before a welcome, need not wait.
      const isEarly = at - since < limits.graceMs - slackMs && !mayLeaveEarly(since, at);
      if (isSteady && !kicked.has(by.user) && !saidBye.has(client) && isEarly)
        oracle.violate("L14", `rev ${rev}: ${by.user} leaves ${at - since} ms after they went away`);
    }
  }
}
