/** Clients of the real library and the real room, in one process on a virtual clock. */
import { createRoom, type Room, type RoomOptions } from "../../src/client/index.ts";
import { memory } from "../../src/journal/memory.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { historyIds, stampEvent } from "../../src/room/domain.ts";
import type { Op } from "../../src/room/op.ts";
import { decodeOpRecord } from "../../src/room/op.ts";
import type { Room as HostedRoom } from "../../src/room/room.ts";
import { inertScope, isIgnored, step } from "../../src/room/step.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { board } from "../support/board.ts";
import { Harness, type HarnessOptions } from "../support/harness.ts";
import { Wire, type WireOptions } from "../support/wire.ts";

export interface Person {
  readonly room: Room<typeof board>;
  readonly wire: Wire;
}

export class World {
  readonly harness: Harness;
  readonly clock: VirtualClock;
  /** The server is away. */
  isAway = false;

  private constructor(harness: Harness) {
    this.harness = harness;
    this.clock = harness.clock;
  }

  static async make(options: Partial<HarnessOptions> = {}): Promise<World> {
    return new World(await Harness.start({ types: [board], journal: memory(), clock: new VirtualClock(), ...options }));
  }

  get hosted(): HostedRoom {
    return this.harness.room("board");
  }

  join(name: string, options: Partial<RoomOptions<typeof board>> = {}, wireOptions: Partial<WireOptions> = {}): Person {
    const wire = new Wire({
      clock: this.clock,
      room: () => (this.isAway ? undefined : this.hosted),
      user: name,
      delayMs: () => 5,
      ...wireOptions,
    });
    this.harness.wires.add(wire);
    let ids = 0;
    const room = createRoom(board, {
      url: "ws://here",
      id: "r",
      clock: this.clock,
      random: () => 0.5,
      newId: () => `${name}${ids++ || ""}`,
      socket: wire.socket,
      network: wire.network,
      ...options,
    });
    return { room, wire };
  }

  async pass(ms: number): Promise<void> {
    await this.harness.pass(ms);
  }

  /** The server's state, as text. */
  get served(): string {
    const { committed } = this.hosted;
    if (committed === undefined) throw new Error("the room has no state yet");
    return textOf(committed.domain.snapshot);
  }

  /** The whole journal. */
  async ops(): Promise<Op[]> {
    const entries = await this.harness.journal.read("board/r", 1, 1_000_000);
    return entries.map(({ rev, data }) => decodeOpRecord(rev, data));
  }
}

type Snapshot = Parameters<typeof historyIds>[0];
export const textOf = (snapshot: Snapshot): string =>
  JSON.stringify([snapshot.value, snapshot.context, snapshot.status, historyIds(snapshot)]);

/** What the view must be: everything pending replayed on what is confirmed, worked out anew. */
export function replayed(room: Room<typeof board>): string {
  const def = room.definition as AnyRoomType;
  const scope = inertScope(def.machine, { id: room.id, at: 0 });
  let snapshot = room.confirmed as Snapshot;
  const { me } = room;
  if (me === undefined) return textOf(snapshot);
  for (const { seq, command, at } of room.pending) {
    const by = { user: me.user, role: me.role, client: me.client };
    const event = stampEvent({ rev: room.rev + 1, at, who: me.who, by, seq, event: command });
    const made = step(def.machine, snapshot, event, scope, room.rev + 1);
    if (!isIgnored(snapshot, made)) snapshot = made.snapshot;
  }
  return textOf(snapshot);
}
