/** How nodes of one process talk, with the faults that a test asks for. From: tests, the simulator. To: net.ts, so everything but the wire is as on NATS. */
import type { Clock } from "../clock.ts";
import type { RoomName } from "../journal/port.ts";
import { Net, type NetOptions } from "./net.ts";
import { decode, type Packet } from "./packets.ts";
import type { ClusterNet, NodeId } from "./port.ts";
import type { Wire } from "./wire.ts";

interface End {
  readonly clock: Clock;
  readonly rooms: Set<RoomName>;
  readonly onData: (data: Uint8Array, room?: RoomName) => void;
  /** From whom → when the last packet arrives: none overtakes it. */
  readonly lastMs: Map<NodeId, number>;
}

/** As NATS has it by default. */
const bytesMax = 1024 * 1024;

export class MemoryNet {
  readonly #clock: Clock;
  readonly #ends = new Map<NodeId, End>();
  readonly #cut = new Set<NodeId>();
  /** ms that the next packet is on its way. None overtakes another between the same two nodes. */
  latencyMs: (packet: Packet, to: NodeId) => number = () => 1;
  /** Whether a packet vanishes. A node's own beats come back to it this way, too. */
  loses: (packet: Packet, to: NodeId) => boolean = () => false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `clock`: the node's own; while it stands still, what is sent to the node waits. */
  join(node: NodeId, { clock = this.#clock, ...options }: NetOptions & { readonly clock?: Clock }): ClusterNet {
    return new Net(node, this.#wireOf(node, clock), clock, options);
  }

  /** Nothing gets to this node or away from it, and what is under way is lost, until it is healed. */
  cut(node: NodeId): void {
    this.#cut.add(node);
  }

  heal(node: NodeId): void {
    this.#cut.delete(node);
  }

  #wireOf(node: NodeId, clock: Clock): Wire {
    const rooms = new Set<RoomName>();
    return {
      bytesMax,
      open: (onData) => void this.#ends.set(node, { clock, rooms, onData, lastMs: new Map() }),
      toNode: (to, data) => this.#carry(node, to, data),
      toAll: (data) => {
        for (const to of this.#ends.keys()) this.#carry(node, to, data);
      },
      toRoom: (room, data) => {
        for (const [to, end] of this.#ends) if (end.rooms.has(room)) this.#carry(node, to, data, room);
      },
      listen: (room) => void rooms.add(room),
      unlisten: (room) => void rooms.delete(room),
      close: async () => void this.#ends.delete(node),
    };
  }

  #carry(from: NodeId, to: NodeId, data: Uint8Array, room?: RoomName): void {
    const end = this.#ends.get(to);
    const packet = decode(data);
    if (end === undefined || this.#isCut(from, to) || this.loses(packet, to)) return;
    const nowMs = end.clock.monotonic();
    const atMs = Math.max(end.lastMs.get(from) ?? 0, nowMs + this.latencyMs(packet, to));
    end.lastMs.set(from, atMs);
    end.clock.setTimer(atMs - nowMs, () => {
      if (!this.#isCut(from, to) && (room === undefined || end.rooms.has(room))) end.onData(data, room);
    });
  }

  #isCut(...nodes: readonly NodeId[]): boolean {
    return nodes.some((node) => this.#cut.has(node));
  }
}
