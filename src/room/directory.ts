/**
 * Which rooms run here: loads them on the first join or when a timer is due, keeps them while somebody is there, lets idle ones go.
 * From: the gateway. To: room.ts. Two lives of one room never overlap: a new one waits until the old one has let go of the log.
 */
import type { AnyStateMachine } from "xstate";
import { timerMsMax } from "../clock.ts";
import type { Journal, RoomName } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import { ChecksumBudget } from "../sync/checksums.ts";
import type { AnyRoomType } from "./define-room.ts";
import { Room } from "./room.ts";
import type { RoomOptions } from "./room-options.ts";

export interface ServedType {
  readonly def: AnyRoomType;
  /** With this server's services; provided once per type. */
  readonly machine: AnyStateMachine;
}

/** What all rooms share, and which types there are. */
export type DirectoryOptions = Omit<RoomOptions, keyof ServedType | "room" | "id" | "checksums" | "after" | "onClosed"> & {
  readonly types: readonly ServedType[];
  /** Rooms that are this node's to wake, where there are others. Default: the journal's. */
  readonly nextDue?: ((limit: number) => ReturnType<Journal["nextDue"]>) | undefined;
};

/** How many rooms are woken at a time, and asked for at once. */
const wakeBatchMax = 16;
const wakeRetryMs = 5_000;

export class Directory {
  readonly #options: DirectoryOptions;
  readonly #types: ReadonlyMap<string, ServedType>;
  readonly #rooms = new Map<RoomName, Room>();
  readonly #checksums: ChecksumBudget;
  #cancelWake: (() => void) | undefined;
  #wakeAt = Infinity;
  #stopped = false;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#checksums = new ChecksumBudget(options.clock);
    this.#types = new Map(options.types.map((type) => [type.def.type, type]));
  }

  get rooms(): Iterable<Room> {
    return this.#rooms.values();
  }

  get size(): number {
    return this.#rooms.size;
  }

  has(type: string): boolean {
    return this.#types.has(type);
  }

  /** The running room, loaded if need be. `undefined`: no such type, too many rooms, or shutting down. */
  get(type: string, id: string): Room | undefined {
    const name = `${type}/${id}`;
    const running = this.#rooms.get(name);
    if (running !== undefined && running.state !== "closing" && running.state !== "closed") return running;
    const served = this.#types.get(type);
    if (served === undefined || this.#stopped || this.#rooms.size >= this.#options.limits.roomsMax) return undefined;
    const room = new Room({
      ...this.#options,
      ...served,
      limits: narrowed(this.#options.limits, served.def),
      checksums: this.#checksums,
      room: name,
      id,
      after: running?.closed,
      onClosed: (dueAt) => this.#onClosed(room, dueAt),
    });
    this.#rooms.set(name, room);
    return room;
  }

  /** Wakes rooms with a due timer, from now on. */
  start(): void {
    void this.#wake();
  }

  sweep(nowMs: number): void {
    for (const room of this.#rooms.values()) {
      room.sessions.sweep(nowMs);
      room.cluster?.sweep(nowMs);
    }
  }

  /** Every room flushes, saves and lets go. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWake?.();
    const rooms = [...this.#rooms.values()];
    for (const room of rooms) room.close();
    await Promise.all(rooms.map((room) => room.closed));
  }

  #onClosed(room: Room, dueAt: number | null): void {
    if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
    if (dueAt !== null) this.#wakeBy(dueAt);
  }

  #wakeBy(dueAt: number): void {
    if (this.#stopped || dueAt >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = dueAt;
    const waitMs = Math.min(timerMsMax, Math.max(0, dueAt - this.#options.clock.now()));
    this.#cancelWake = this.#options.clock.setTimer(waitMs, () => void this.#wake());
  }

  async #wake(): Promise<void> {
    this.#wakeAt = Infinity;
    this.#cancelWake = undefined;
    const { journal, clock, onAlarm, nextDue } = this.#options;
    try {
      const many = wakeBatchMax + this.#rooms.size;
      const due = await (nextDue?.(many) ?? journal.nextDue(many));
      // A room that runs keeps its own timers.
      const asleep = due.filter(({ room }) => !this.#rooms.has(room));
      for (const { room, dueAt } of asleep.slice(0, wakeBatchMax)) {
        // What another node has may be this one's before that.
        if (dueAt > clock.now()) return this.#wakeBy(nextDue === undefined ? dueAt : Math.min(dueAt, clock.now() + wakeRetryMs));
        const [type = "", id = ""] = room.split("/");
        if (!this.has(type)) onAlarm({ code: "version", room, message: "a timer of this room is due, but its type is not served here" });
        else if (this.get(type, id) === undefined) return this.#wakeBy(clock.now() + wakeRetryMs); // there are too many rooms
      }
      if (asleep.length > wakeBatchMax || nextDue !== undefined) this.#wakeBy(clock.now() + wakeRetryMs);
    } catch (error) {
      onAlarm({ code: "journal", room: "", message: "cannot read which rooms have to wake", error });
      this.#wakeBy(clock.now() + wakeRetryMs);
    }
  }
}

/** A room type may want less than the server allows, never more. */
const narrowed = (limits: Limits, { limits: own }: AnyRoomType): Limits => ({
  ...limits,
  clientsMax: Math.min(limits.clientsMax, own.clientsMax ?? Infinity),
  commandBytesMax: Math.min(limits.commandBytesMax, own.commandBytesMax ?? Infinity),
  commandsPerSecond: Math.min(limits.commandsPerSecond, own.commandsPerSecondMax ?? Infinity),
});
