/** What a server left behind, read from its database file: every op, and the state that a replay from the beginning gives. */
import { sqlite } from "../../src/journal/sqlite.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { initialDomain, replay } from "../../src/room/domain.ts";
import { loadRoom } from "../../src/room/load.ts";
import { decodeOpRecord, type Op } from "../../src/room/op.ts";
import { inertScope } from "../../src/room/step.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { stateText } from "./client.ts";

/** `state` is the text of the state at `rev`. */
export async function readJournal(
  def: AnyRoomType,
  room: string,
  path: string,
  rev: number,
): Promise<{ ops: Op[]; state: string; alarms: unknown[] }> {
  const alarms: unknown[] = [];
  const journal = await sqlite({ path })({ newEpoch: () => "never", onAlarm: (alarm) => alarms.push(alarm) });
  try {
    const loaded = await loadRoom({ def, machine: def.machine, room, id: room, journal, clock: new VirtualClock(), limits: defaultLimits });
    const ops: Op[] = [];
    for (let from = 1; from <= loaded.cursor.rev; from = (ops.at(-1)?.rev ?? 0) + 1) {
      const page = await journal.read(room, from);
      if (page.length === 0) break;
      ops.push(...page.map((entry) => decodeOpRecord(entry.rev, entry.data)));
    }
    const scope = inertScope(def.machine, loaded.input);
    let { state } = initialDomain(def.machine, loaded.input, scope, defaultLimits.timersMax);
    for (const op of ops.slice(0, rev)) state = replay(def.machine, state, op, scope);
    return { ops, state: stateText(state.snapshot), alarms };
  } finally {
    await journal.close();
  }
}

/** What a client was told of its commands. */
export interface Told {
  readonly client: string;
  readonly settled: readonly { readonly seq: number; readonly event: { readonly type: string }; readonly ok: boolean }[];
}

/** Commands whose client was told something else than the journal has: accepted and not there exactly once, or refused and there. */
export function wrongFates(ops: readonly Op[], senders: readonly Told[]): string[] {
  const took = new Map<string, Op[]>();
  for (const op of ops) if (op.seq > 0) took.set(`${op.by.client} ${op.seq}`, [...(took.get(`${op.by.client} ${op.seq}`) ?? []), op]);
  return senders.flatMap(({ client, settled }) =>
    settled.flatMap(({ seq, event, ok }) => {
      const found = (took.get(`${client} ${seq}`) ?? []).map((op) => JSON.stringify(op.event));
      return JSON.stringify(found) === JSON.stringify(ok ? [JSON.stringify(event)] : [])
        ? []
        : [`${client} ${seq} was told ${ok ? "accepted" : "refused"}, the journal has ${found.length}`];
    }),
  );
}
