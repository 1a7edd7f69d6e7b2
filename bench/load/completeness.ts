/** Did everything get everywhere? Asked after the writers have stopped, and outside of what is measured. */
import type { Fleet, Level } from "./fleet.ts";

/** A server that is later than that with half of what it does is no longer keeping up, and falls behind further. */
export const overloadedP50Ms = 1_000;

export interface Completeness {
  /** Commands whose op never came, or not in time. */
  readonly missing: number;
  /** Something is wrong, and not only late. */
  readonly problems: readonly string[];
  /** It did not keep up; what is missing may still be on its way. */
  readonly isOverloaded: boolean;
  readonly notes: readonly string[];
}

/** `before`: how it was when all had joined. From then on each command has to be one op, in every room. */
export async function completeness(fleet: Fleet, before: Level, p50Ms: number): Promise<Completeness> {
  const unobserved = await fleet.observed();
  const after = await fleet.level(before);
  let notOps = 0;
  for (const [room, { reached, commands }] of after.rooms) {
    const then = before.rooms.get(room) ?? { reached: 0, commands: 0 };
    notOps += commands - then.commands - (reached - then.reached);
  }
  const wrong = fleet.troubles();
  const incomplete = [
    ...(unobserved === 0 ? [] : [`${unobserved} commands were not seen by an observer`]),
    ...(notOps === 0 ? [] : [`${notOps} commands are no ops`]),
    ...(after.behind === 0 ? [] : [`${after.behind} clients are behind`]),
  ];
  const isOverloaded = p50Ms > overloadedP50Ms || Number.isNaN(p50Ms);
  const isOnlyLate = isOverloaded && wrong.length === 0;
  return {
    missing: Math.max(unobserved, notOps),
    problems: isOnlyLate ? [] : [...wrong, ...incomplete],
    isOverloaded,
    notes: isOnlyLate ? incomplete : [],
  };
}
