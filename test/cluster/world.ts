/** Nodes of one process, on one virtual clock, with whatever goes wrong between them. */
import { MemoryNet } from "../../src/cluster/memory-net.ts";
import { Net } from "../../src/cluster/net.ts";
import { encode, type Packet } from "../../src/cluster/packets.ts";
import { type ClusterNet, defaultNetTimes, type NodeId } from "../../src/cluster/port.ts";
import type { Wire } from "../../src/cluster/wire.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { card, type Listener, listener, type PausableClock } from "./nodes.ts";

export type Node = Listener & { readonly net: ClusterNet };

export class World {
  readonly clock = new VirtualClock(0, () => undefined);
  readonly net = new MemoryNet(this.clock);
  readonly troubles: unknown[] = [];

  /** Noted: `net`, with all that it is told from its start. */
  async join(node: NodeId, clock?: PausableClock, also?: (what: string) => void): Promise<Node> {
    const net = this.net.join(node, { onTrouble: (error) => void this.troubles.push(error), ...(clock && { clock }) });
    const heard = listener(also);
    const started = net.start(heard.events, card);
    await this.clock.advance(610);
    await started;
    return Object.assign(heard, { net });
  }

  async pair(): Promise<[a: Node, b: Node]> {
    const pair: [Node, Node] = [await this.join("a"), await this.join("b")];
    for (const { told } of pair) told.length = 0;
    return pair;
  }

  beats(count: number): Promise<void> {
    return this.clock.advance(count * defaultNetTimes.beatEveryMs);
  }
}

/** `b`, to whom a test says everything itself. */
export function lone(clock: VirtualClock) {
  const wire = { onData: (_data: Uint8Array): void => undefined };
  const nothing = () => undefined;
  const carrier: Wire = {
    bytesMax: 1_000,
    open: (onData) => {
      wire.onData = onData;
    },
    toNode: nothing,
    toAll: nothing,
    toRoom: nothing,
    listen: nothing,
    unlisten: nothing,
    close: async () => undefined,
  };
  const troubles: unknown[] = [];
  const heard = listener();
  void new Net("b", carrier, clock, { onTrouble: (error) => void troubles.push(error) }).start(heard.events, card);
  return { wire, hear: (packet: Packet) => wire.onData(encode(packet)), told: heard.told, troubles };
}
