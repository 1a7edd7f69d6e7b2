/** One room from its loading on, whose log opens when the test says so. Ann is at the door from the start. */
import { expect } from "bun:test";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { JournalError, type JournalFactory } from "../../src/journal/port.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import type { Room } from "../../src/room/room.ts";
import type { Session } from "../../src/sync/session.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { FakeSocket, Harness } from "../support/harness.ts";

export const fuseMs = 60_000;
/** Longer than the fuse, which is an op of its own while nobody is there. */
export const idleRoomMs = 2 * fuseMs;
export const backoffMs = 5_000;

export class House {
  readonly door: Door;
  readonly faulty: FaultyJournal;
  readonly store: MemoryStore;
  readonly harness: Harness;
  readonly room: Room;
  /** The room type's. */
  readonly view: { isBroken: boolean };
  isClosed = false;
  ann = new FakeSocket();
  #seq = 0;

  private constructor({ door, faulty, store, harness, view }: Pick<House, "door" | "faulty" | "store" | "harness" | "view">) {
    this.door = door;
    this.faulty = faulty;
    this.store = store;
    this.harness = harness;
    this.view = view;
    this.room = harness.room("counter");
    void this.room.closed.then(() => {
      this.isClosed = true;
    });
  }

  static async make(): Promise<House> {
    const [door, faulty, store, view] = [new Door(), new FaultyJournal(), new Map() as MemoryStore, { isBroken: false }];
    const seen = defineRoom({
      ...counter,
      view: ({ context }: { context: object }) => {
        if (view.isBroken) throw new Error("this view fails");
        return context;
      },
    } as never) as typeof counter;
    const journal = door.factory(faulty.factory(memory({ store })));
    const harness = await Harness.start({ types: [seen], journal, limits: { idleRoomMs, faultBackoffMinMs: backoffMs } });
    const house = new House({ door, faulty, store, harness, view });
    house.ann = await harness.join(house.room, "ann");
    return house;
  }

  get session(): Session {
    return made(this.ann.session);
  }

  /** Whether ann is in the room. */
  get isIn(): boolean {
    return this.ann.session !== undefined && this.ann.closed === undefined;
  }

  get log() {
    return made(this.store.get("counter/r"));
  }

  async settle(): Promise<void> {
    await this.harness.clock.advance(50);
  }

  /** A command of ann's. `again`: with the seq of the last one. */
  async give(event: { readonly type: string; readonly n?: number }, again = false): Promise<void> {
    if (!again) this.#seq++;
    await this.harness.command(this.room, this.ann, this.#seq, event);
  }

  /** Up to where ann knows what became of her commands. */
  get acked(): number {
    const upTo = this.ann.of("delta").map(({ acked = 0 }) => acked);
    return Math.max(0, ...upTo, ...this.ann.of("own").flatMap(({ acks = [] }) => acks));
  }

  get seq(): number {
    return this.#seq;
  }

  /** The server goes down. */
  stop(): void {
    this.harness.directory
      .stop()
      .catch((error: unknown) => this.harness.alarms.push({ code: "internal", room: "", message: String(error) }));
  }

  /** What another server would find in the log. */
  async found(): Promise<{ readonly total: number }> {
    const later = await Harness.start({ types: [counter], journal: memory({ store: this.store }) });
    const room = later.room("counter");
    await later.clock.advance(50);
    expect(later.alarms).toEqual([]);
    return made(room.committed).domain.snapshot.context as { total: number };
  }

  /** Nothing happens until `ms` have passed, and then it does. */
  async onlyAfter(ms: number): Promise<void> {
    const { state } = this.room;
    await this.harness.pass(ms - 1_000);
    expect(this.room.state).toBe(state);
    await this.harness.pass(1_500);
  }
}

/** Shut at first. */
class Door {
  #way = Promise.withResolvers<void>();

  factory(inner: JournalFactory): JournalFactory {
    return async (deps) => {
      const journal = await inner(deps);
      return {
        ...journal,
        open: async (room) => {
          await this.#way.promise;
          return journal.open(room);
        },
      };
    };
  }

  shut(): void {
    this.#way = Promise.withResolvers();
  }
  open(): void {
    this.#way.resolve();
  }
  /** Whoever waits finds that there is no way in. */
  fail(): void {
    this.#way.reject(new JournalError("io", "the log cannot be read"));
  }
}

function made<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("it is not there yet");
  return thing;
}
