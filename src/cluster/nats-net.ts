/** How nodes talk on the NATS connection of their journal, by plain messages that no stream keeps. From: whoever opened the store. To: net.ts. */
import type { Subscription } from "@nats-io/transport-node";
import type { NatsStore } from "../journal/nats-connect.ts";
import type { RoomName } from "../journal/port.ts";
import { Net, type NetOptions } from "./net.ts";
import type { ClusterNet, NodeId } from "./port.ts";
import type { Wire } from "./wire.ts";

/** The connection stays the store's. */
export const natsNet = (store: NatsStore, node: NodeId, options: NetOptions): ClusterNet =>
  new Net(node, new NatsWire(store, node, options.onTrouble), store.clock, options);

/** A server that does not answer is not waited for, at the end. */
const closeMsMax = 1_000;

class NatsWire implements Wire {
  readonly #store: NatsStore;
  readonly #node: NodeId;
  readonly #onTrouble: (error: unknown) => void;
  readonly #rooms = new Map<RoomName, Subscription | undefined>();
  #own: readonly (Subscription | undefined)[] = [];
  #onData: ((data: Uint8Array, room?: RoomName) => void) | undefined;

  constructor(store: NatsStore, node: NodeId, onTrouble: (error: unknown) => void) {
    this.#store = store;
    this.#node = node;
    this.#onTrouble = onTrouble;
  }

  /** A bit less than the server's `max_payload`. */
  get bytesMax(): number {
    return this.#store.partBytes;
  }

  open(onData: (data: Uint8Array, room?: RoomName) => void): void {
    const { names } = this.#store;
    this.#onData = onData;
    this.#own = [names.nodeOf(this.#node), names.nodes].map((subject) => this.#subscribe(subject));
  }

  toNode(node: NodeId, data: Uint8Array): void {
    this.#publish(this.#store.names.nodeOf(node), data);
  }

  toAll(data: Uint8Array): void {
    this.#publish(this.#store.names.nodes, data);
  }

  toRoom(room: RoomName, data: Uint8Array): void {
    this.#publish(this.#store.names.roomOf(room), data);
  }

  listen(room: RoomName): void {
    if (!this.#rooms.has(room)) this.#rooms.set(room, this.#subscribe(this.#store.names.roomOf(room), room));
  }

  unlisten(room: RoomName): void {
    this.#rooms.get(room)?.unsubscribe();
    this.#rooms.delete(room);
  }

  async close(): Promise<void> {
    for (const subscription of [...this.#own, ...this.#rooms.values()]) subscription?.unsubscribe();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#store.clock.setTimer(closeMsMax, resolve);
    await Promise.race([promise, this.#store.nc.flush().catch(() => undefined)]);
    cancel();
  }

  #subscribe(subject: string, room?: RoomName): Subscription | undefined {
    try {
      return this.#store.nc.subscribe(subject, {
        callback: (error, message) => (error === null ? this.#onData?.(message.data, room) : this.#onTrouble(error)),
      });
    } catch (error) {
      this.#onTrouble(error);
      return undefined;
    }
  }

  /** Without a connection it is lost, at the latest when the next one is made. */
  #publish(subject: string, data: Uint8Array): void {
    try {
      if (!this.#store.nc.isClosed()) this.#store.nc.publish(subject, data);
    } catch (error) {
      this.#onTrouble(error);
    }
  }
}
