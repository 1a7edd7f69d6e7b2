/** How each running room is now: told a few times a second at most, and only when something changed. From: inspection.ts. */
import type { Clock } from "../clock.ts";
import type { Room } from "../room/room.ts";
import type { Watching } from "./broadcast.ts";
import type { RoomMessage, SessionCounts } from "./messages.ts";

const everyMs = 250;

interface Counts {
  readonly snapshots: Record<string, number>;
  readonly refusals: Record<string, number>;
}

export class RoomNews {
  readonly #clock: Clock;
  readonly #emit: (message: RoomMessage) => void;
  #counts = new WeakMap<Room, Counts>();
  readonly #changed = new Set<Room>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, emit: (message: RoomMessage) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  changed(room: Room): void {
    this.#changed.add(room);
    this.#cancel ??= this.#clock.setTimer(everyMs, () => this.#tellAll());
  }

  snapshot(room: Room, reason: string): void {
    const { snapshots } = this.#countsOf(room);
    snapshots[reason] = (snapshots[reason] ?? 0) + 1;
    this.changed(room);
  }

  refusal(room: Room, code: string): void {
    const { refusals } = this.#countsOf(room);
    refusals[code] = (refusals[code] ?? 0) + 1;
    this.changed(room);
  }

  /** To somebody who has just come. */
  tell(room: Room, { send }: Watching): void {
    send([this.#message(room)]);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#changed.clear();
    this.#counts = new WeakMap();
  }

  #tellAll(): void {
    this.#cancel = undefined;
    const rooms = [...this.#changed];
    this.#changed.clear();
    for (const room of rooms) {
      this.#emit(this.#message(room));
      // What is decided and not durable yet: its rev is still to come.
      if (room.state !== "closed" && room.feed !== undefined && (room.domain?.state.rev ?? 0) > room.feed.rev) this.changed(room);
    }
  }

  #message(room: Room): RoomMessage {
    const { snapshots, refusals } = this.#countsOf(room);
    return {
      type: "quorate.room",
      room: room.name,
      state: room.state,
      epoch: room.feed?.epoch,
      rev: room.feed?.rev ?? 0,
      sessions: countSessions(room),
      snapshots: { ...snapshots },
      refusals: { ...refusals },
    };
  }

  #countsOf(room: Room): Counts {
    let counts = this.#counts.get(room);
    if (counts === undefined) {
      counts = { snapshots: {}, refusals: {} };
      this.#counts.set(room, counts);
    }
    return counts;
  }
}

export function countSessions(room: Room): SessionCounts {
  const counts = { new: 0, snapshot: 0, catchingUp: 0, live: 0, lagging: 0, stale: 0 };
  for (const { state } of room.sessions) if (state in counts) counts[state as keyof typeof counts]++;
  return counts;
}
