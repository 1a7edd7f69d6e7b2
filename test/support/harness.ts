/** Rooms without a network: the real directory, rooms and sessions on a virtual clock, a journal of the test's choice, and sockets that remember. */

import type { Clock } from "../../src/clock.ts";
import { ClusterNode } from "../../src/cluster/node.ts";
import { isShared } from "../../src/cluster/port.ts";
import { Users } from "../../src/gateway/users.ts";
import type { Journal, JournalFactory } from "../../src/journal/port.ts";
import { closeCodes } from "../../src/protocol/codes.ts";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { Hello } from "../../src/protocol/messages.ts";
import { arrive } from "../../src/room/arrivals.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { Directory } from "../../src/room/directory.ts";
import type { Room } from "../../src/room/room.ts";
import type { RoomAlarm } from "../../src/room/room-options.ts";
import { type Served, servedTypes } from "../../src/room/serve.ts";
import type { Session, Socket } from "../../src/sync/session.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import type { Frame } from "./client.ts";

export class FakeSocket implements Socket {
  readonly frames: Frame[] = [];
  readonly topics = new Set<string>();
  closed: { readonly code: number; readonly reason: string } | undefined;
  buffered = 0;
  session: Session | undefined;

  send(frame: string): boolean {
    if (this.closed !== undefined) return false;
    this.frames.push(JSON.parse(frame) as Frame);
    return true;
  }
  subscribe(topic: string): void {
    this.topics.add(topic);
  }
  unsubscribe(topic: string): void {
    this.topics.delete(topic);
  }
  bufferedBytes(): number {
    return this.buffered;
  }
  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }
  of(type: string): Frame["payload"][] {
    return this.frames.filter((frame) => frame.type === type).map(({ payload }) => payload);
  }
  /** The revs of all ops that came in deltas, in order. */
  get revs(): number[] {
    return this.of("delta").flatMap(({ from, ops = [] }) => ops.map((_: unknown, i: number) => from + i + 1));
  }
  get closedBy(): string | undefined {
    return Object.entries(closeCodes).find(([, code]) => code === this.closed?.code)?.[0];
  }
}

export interface HarnessOptions {
  readonly types: readonly (AnyRoomType | Served)[];
  readonly journal: JournalFactory;
  readonly limits?: Partial<Limits>;
  readonly clock?: VirtualClock;
  /** The process's own view of that clock, which can end before it. */
  readonly life?: Clock;
}

export class Harness {
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly directory: Directory;
  readonly users: Users;
  /** Where the journal is shared. */
  readonly node: ClusterNode | undefined;
  readonly alarms: RoomAlarm[] = [];
  readonly troubles: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #sockets = new Set<FakeSocket>();
  /** Others that topics are published to. */
  readonly wires = new Set<{ publish(topic: string, frame: string): void }>();
  #ids = 0;

  private constructor(options: HarnessOptions, journal: Journal, clock: VirtualClock) {
    this.clock = clock;
    this.journal = journal;
    const types = servedTypes(options.types);
    const limits = { ...defaultLimits, ...options.limits };
    this.users = new Users(limits);
    const life = options.life ?? clock;
    const count = (name: string, by = 1) => {
      this.counts[name] = (this.counts[name] ?? 0) + by;
    };
    const onTrouble = (where: string, error: unknown) => this.troubles.push(`${where}: ${error}`);
    const defs = types.map(({ def }) => def);
    const shared = { clock: life, count, onTrouble, types: defs, users: this.users };
    const node = isShared(journal) ? new ClusterNode({ journal, ...shared }) : undefined;
    this.node = node;
    this.directory = new Directory({
      types,
      cluster: node && ((room) => node.join(room)),
      nextDue: node && ((limit) => node.due(limit)),
      journal,
      clock: life,
      limits,
      development: true,
      newId: () => `id${++this.#ids}`,
      publish: (topic, frame) => {
        for (const socket of this.#sockets) if (socket.topics.has(topic)) socket.send(frame);
        for (const wire of this.wires) wire.publish(topic, frame);
      },
      count,
      onAlarm: (alarm) => this.alarms.push(alarm),
    });
  }

  static async start(options: HarnessOptions): Promise<Harness> {
    const clock = options.clock ?? new VirtualClock();
    let epochs = 0;
    const journal = await options.journal({ newEpoch: () => `epoch${++epochs}`, onAlarm: () => undefined });
    return new Harness(options, journal, clock);
  }

  room(type: string, id = "r"): Room {
    const room = this.directory.get(type, id);
    if (room === undefined) throw new Error(`no room ${type}/${id}`);
    return room;
  }

  /** Says hello and waits until everything that can happen at once has. */
  async join(
    room: Room,
    client: string,
    hello: Partial<Hello> & { user?: string; role?: string; proven?: boolean } = {},
    waitMs = 50,
  ): Promise<FakeSocket> {
    const socket = new FakeSocket();
    this.#sockets.add(socket);
    const { user = client, role = "member", proven = true, ...rest } = hello;
    room.whenServing(() =>
      arrive(room, {
        identity: { user, name: user, role },
        expiresAt: undefined,
        hello: { protocol: 1, client, machine: room.options.def.version, nextSeq: 1, ...rest },
        socket,
        proven,
        resumeSecret: "secret",
        isGone: () => false,
        onSession: (session) => {
          socket.session = session;
        },
      }),
    );
    await this.clock.advance(waitMs);
    return socket;
  }

  async command(room: Room, socket: FakeSocket, seq: number, event: { type: string; [key: string]: unknown }, waitMs = 50): Promise<void> {
    if (socket.session === undefined) throw new Error("no session");
    room.ingress.command(socket.session, seq, event, 100);
    await this.clock.advance(waitMs);
  }

  /** The socket is gone without a word. */
  drop(room: Room, socket: FakeSocket): void {
    this.#sockets.delete(socket);
    socket.topics.clear();
    if (socket.session !== undefined) room.sessions.lost(socket.session, socket);
    socket.closed ??= { code: 1006, reason: "" };
  }

  /** Time passes, with the server's sweep once a second. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.clock.advance(Math.min(left, 1_000));
      this.directory.sweep(this.clock.monotonic());
    }
    await this.clock.advance(1);
  }
}
