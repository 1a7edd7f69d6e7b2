/** What a room's journal has after damage: it may begin later than at rev 1, so the newest snapshot is where the replay begins. From: damage-run.ts. */
import { join } from "node:path";
import { sqlite } from "../../src/journal/sqlite.ts";
import { meeting } from "../../src/meeting/room.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { loadRoom } from "../../src/room/load.ts";
import { decodeOpRecord } from "../../src/room/op.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { stateText } from "../support/client.ts";

export interface Journaled {
  readonly state: string;
  /** Of chat. */
  readonly texts: readonly string[];
  readonly alarms: readonly unknown[];
}

export async function journaled(data: string, room: string): Promise<Journaled> {
  const alarms: unknown[] = [];
  const journal = await sqlite({ path: join(data, "rooms.db") })({ newEpoch: () => "never", onAlarm: (alarm) => alarms.push(alarm) });
  try {
    const options = { def: meeting, machine: meeting.machine, room, id: room, journal, clock: new VirtualClock(), limits: defaultLimits };
    const { domain, cursor } = await loadRoom(options);
    if (domain === undefined) throw new Error(`the journal has no ${room}`);
    const texts: string[] = [];
    for (let from = 1; from <= cursor.rev; ) {
      const page = await journal.read(room, from);
      if (page.length === 0) break;
      for (const { rev, data: record } of page) {
        const { event } = decodeOpRecord(rev, record);
        if (event.type === "chat.send") texts.push((event as unknown as { text: string }).text);
        from = rev + 1;
      }
    }
    return { state: stateText(domain.snapshot), texts, alarms };
  } finally {
    await journal.close();
  }
}
