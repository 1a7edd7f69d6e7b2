/**
 * Three nats-servers that are one cluster, nodes before them, and rooms with people who write without a pause: all of it real processes and sockets.
 * From: run.ts. To: node.ts, clerk.ts, book.ts. Nothing goes wrong in here by itself; that is for faults.ts.
 */
import { NatsCluster } from "../../../scripts/nats/nats-cluster.ts";
import { type NatsStore, openStore } from "../../../src/journal/nats-connect.ts";
import { Book } from "./book.ts";
import { Clerk } from "./clerk.ts";
import { Heal } from "./heal.ts";
import { Heard } from "./heard.ts";
import { Node } from "./node.ts";

export interface WorldOptions {
  readonly nodes: number;
  readonly rooms: number;
  readonly clerksPerRoom: number;
  /** People of one room are on all nodes, and come back to any. Otherwise each room has a node of its own. */
  readonly isSpread: boolean;
  /** Names of controls (plants.ts). */
  readonly plants: readonly string[];
  /** Chance: what people write. */
  readonly next: () => number;
}

export interface Place {
  readonly name: string;
  readonly clerks: readonly Clerk[];
  readonly heard: Heard;
  readonly book: Book;
  heal: Heal | undefined;
}

const prefix = "cluster";
/** Short, so that a node notices soon that NATS does not answer. */
export const natsTimeoutMs = 1_500;
const settleMsMax = 30_000;
const ownerMsMax = 20_000;
const wholeMsMax = 60_000;

export class World implements AsyncDisposable {
  readonly options: WorldOptions;
  readonly nats: NatsCluster;
  /** Past the nodes and their proxies. */
  readonly store: NatsStore;
  readonly nodes: readonly Node[];
  places: readonly Place[] = [];

  private constructor(options: WorldOptions, nats: NatsCluster, store: NatsStore, nodes: readonly Node[]) {
    this.options = options;
    this.nats = nats;
    this.store = store;
    this.nodes = nodes;
  }

  /** Everybody is there and in step; nobody writes yet. */
  static async start(options: WorldOptions): Promise<World> {
    const nats = await NatsCluster.start();
    const store = await openStore({ servers: nats.addresses, prefix }, () => undefined);
    const settings = { prefix, plants: options.plants, natsTimeoutMs };
    const names = Array.from({ length: options.nodes }, (_, i) => `node ${i + 1}`);
    const ports = nats.servers.map(({ port }) => port);
    const world = new World(options, nats, store, await Promise.all(names.map((name) => Node.make(name, ports, settings))));
    try {
      await Promise.all(world.nodes.map((node) => node.start()));
      world.places = await Promise.all(Array.from({ length: options.rooms }, (_, i) => world.#open(i)));
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  write(): void {
    for (const { clerks } of this.places) for (const clerk of clerks) clerk.write();
  }

  /** Everybody stops, and what they gave has its fate. */
  async rest(): Promise<void> {
    const clerks = this.places.flatMap((place) => place.clerks);
    for (const clerk of clerks) clerk.rest();
    await Promise.all(clerks.map((clerk) => clerk.settled(settleMsMax)));
  }

  /** All nodes have clients of it, where they should. */
  async spread({ clerks }: Place): Promise<void> {
    if (this.options.isSpread) await Promise.all(clerks.map((clerk) => clerk.home(settleMsMax)));
  }

  /** From now on it is measured how long that room is away. */
  beginHeal(place: Place): Heal {
    place.heal?.end();
    place.heal = new Heal(place.clerks.map(({ client }) => client));
    return place.heal;
  }

  /** Who decides in that room now, by what nodes say of themselves. */
  async ownerOf({ name }: Place): Promise<Node> {
    const deadlineMs = performance.now() + ownerMsMax;
    for (;;) {
      for (const node of this.nodes) {
        const status = await node.status();
        if (status?.rooms.some((room) => room.name === name && room.isOwner)) return node;
      }
      if (performance.now() > deadlineMs) throw new Error(`nobody decides in ${name}`);
      await Bun.sleep(50); // between two questions
    }
  }

  /** All three copies of everything are there. */
  async natsWhole(): Promise<void> {
    const { jsm, names } = this.store;
    const deadlineMs = performance.now() + wholeMsMax;
    for (;;) {
      const infos = await Promise.all([names.ops, names.store].map((name) => jsm.streams.info(name).catch(() => undefined)));
      if (infos.every((info) => info?.cluster?.leader !== undefined && areCurrent(info.cluster.replicas ?? []))) return;
      if (performance.now() > deadlineMs) throw new Error("NATS does not get its copies together");
      await Bun.sleep(100); // between two questions
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { clerks } of this.places) for (const clerk of clerks) clerk.rest();
    await Promise.all(this.places.flatMap(({ clerks }) => clerks.map((clerk) => clerk.room.close())));
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await this.store.close();
    await this.nats[Symbol.asyncDispose]();
  }

  async #open(index: number): Promise<Place> {
    const { clerksPerRoom, isSpread, next } = this.options;
    const id = `r${index}`;
    const heard = new Heard();
    const place: { heal: Heal | undefined } = { heal: undefined };
    const clerks = Array.from({ length: clerksPerRoom }, (_, i) => {
      const first = isSpread ? index + i : index;
      const urls = this.nodes.map((_, n) => this.nodes[(first + n) % this.nodes.length]?.url ?? "");
      return new Clerk({
        client: `c${index}-${i}`,
        roomId: id,
        urls: isSpread ? urls : urls.slice(0, 1),
        heard,
        next,
        // The timer of a room that runs elsewhere wakes it here, where no room is shared.
        fuses: isSpread || this.nodes.length === 1,
        onAccepted: (client, sentMs) => place.heal?.accepted(client, sentMs),
      });
    });
    await Promise.all(clerks.map((clerk) => clerk.settled(settleMsMax)));
    const name = `ledger/${id}`;
    return Object.assign(place, { name, clerks, heard, book: await Book.open(this.store, name, heard) });
  }
}

const areCurrent = (replicas: readonly { readonly current: boolean; readonly offline?: boolean }[]): boolean =>
  replicas.length > 0 && replicas.every(({ current, offline }) => current && offline !== true);
