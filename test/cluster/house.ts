/** Nodes that share a log in memory, on one virtual clock: the real rooms, links and nets, without sockets. From: the tests beside this file. */

import type { Limits } from "../../src/protocol/limits.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import type { Room } from "../../src/room/room.ts";
import type { Served } from "../../src/room/serve.ts";
import type { Session } from "../../src/sync/session.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { counter } from "../support/counter.ts";
import { type FakeSocket, Harness } from "../support/harness.ts";
import { SharedLog } from "../support/shared-log.ts";

export interface HouseOptions {
  readonly types?: readonly (AnyRoomType | Served)[];
  readonly limits?: Partial<Limits>;
}

export class House {
  readonly clock = new VirtualClock();
  readonly log = new SharedLog(this.clock);
  readonly nodes: Harness[] = [];
  readonly #options: HouseOptions;
  /** The first is `e`. */
  #epochs = 0;

  constructor(options: HouseOptions = {}) {
    this.#options = options;
  }

  static async of(count: number, options: HouseOptions = {}): Promise<House> {
    const house = new House(options);
    for (let i = 0; i < count; i++) await house.start(`n${i}`);
    return house;
  }

  async start(name: string, types = this.#options.types ?? [counter]): Promise<Harness> {
    const { clock, log } = this;
    const { limits = {} } = this.#options;
    const harness = await Harness.start({
      types,
      limits,
      clock,
      journal: (deps) => log.journal(name, { ...deps, newEpoch: () => `e${this.#epochs++ || ""}` }),
    });
    this.nodes.push(harness);
    const started = harness.node?.start();
    await clock.advance(1_000);
    await started;
    return harness;
  }

  at(i: number): Harness {
    const node = this.nodes[i];
    if (node === undefined) throw new Error(`there is no node ${i}`);
    return node;
  }

  /** Time passes for all, with their sweeps. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.clock.advance(Math.min(left, 1_000));
      for (const { directory } of this.nodes) directory.sweep(this.clock.monotonic());
    }
  }

  /** Nothing goes in or out. */
  cut(name: string): void {
    this.log.cut(name);
    this.log.net.cut(name);
  }

  heal(name: string): void {
    this.log.heal(name);
    this.log.net.heal(name);
  }
}

/** A client on a node, with its own seqs. */
export class Guest {
  readonly node: Harness;
  readonly room: Room;
  readonly socket: FakeSocket;
  seq: number;

  private constructor(node: Harness, room: Room, socket: FakeSocket, seq: number) {
    this.node = node;
    this.room = room;
    this.socket = socket;
    this.seq = seq;
  }

  static async join(node: Harness, client: string, hello: Parameters<Harness["join"]>[2] = {}): Promise<Guest> {
    const room = node.room("counter");
    return new Guest(node, room, await node.join(room, client, hello, 200), (hello.nextSeq ?? 1) - 1);
  }

  async add(n: number, waitMs = 200): Promise<void> {
    await this.node.command(this.room, this.socket, ++this.seq, { type: "add", n }, waitMs);
  }

  get session(): Session {
    if (this.socket.session === undefined) throw new Error("not welcomed");
    return this.socket.session;
  }

  get total(): number {
    return this.room.committed === undefined ? Number.NaN : this.room.committed.domain.snapshot.context.total;
  }
}
