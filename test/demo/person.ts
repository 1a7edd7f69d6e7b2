/** One person of the demo: the product's own client, and what it was told. From: main.ts. */
import * as v from "valibot";
import { createRoom, type Room } from "../../src/client/index.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { CommandOf } from "../../src/room/define-room.ts";
import type { Told } from "../support/read-journal.ts";
import { Wire } from "./wire.ts";

/** The meeting as a careless page has it: some of what its schemas let through, the server's refuse. */
const carelessMeeting = {
  ...meeting,
  commands: { ...meeting.commands, "chat.send": { text: v.union([v.string(), v.number()]) }, "chat.shout": { text: v.string() } },
};
type Careless = typeof carelessMeeting;

const settledMsMax = 30_000;

export class Person {
  readonly client: string;
  readonly name: string;
  readonly room: Room<Careless>;
  /** In the order in which they got their fates. */
  readonly settled: Told["settled"][number][] = [];
  /** What this client had to heal. */
  readonly troubles: string[] = [];
  /** Every connection, and attempt at one, that there ever was. */
  readonly wires: Wire[] = [];
  /** Hears nothing, over whichever connection. */
  isDeaf = false;
  #isOnline = true;
  #tellOnline: ((online: boolean) => void) | undefined;

  constructor(url: string, client: string, name: string) {
    this.client = client;
    this.name = name;
    this.room = createRoom(carelessMeeting, {
      url,
      id: "demo",
      token: name,
      newId: () => client,
      socket: (address) => {
        const wire = new Wire(address, () => this.isDeaf);
        this.wires.push(wire);
        return wire;
      },
      network: {
        isOnline: () => this.#isOnline,
        watch: (changed) => {
          this.#tellOnline = changed;
          return () => undefined;
        },
      },
    });
    this.room.on("trouble", ({ code, message }) => this.troubles.push(`${client}: ${code}: ${message}`));
  }

  /** The newest connection. */
  get wire(): Wire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error(`${this.client} never tried to connect`);
    return wire;
  }

  /** Its seq. */
  send(command: CommandOf<Careless>): number {
    const { seq, settled } = this.room.send(command);
    if (seq === 0) throw new Error(`${this.client} could not even ask for ${command.type}`);
    void settled.then(({ ok }) => this.settled.push({ seq, event: command, ok }));
    return seq;
  }

  /** Sends again what is decided already, as a client does that heard no answer. */
  repeat(count: number): void {
    for (const { seq, event } of this.settled.slice(-count)) this.wire.raw({ type: "command", payload: { seq, event } });
  }

  /** In step, and everything that was sent has its fate. */
  async allSettled(): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const { connection, pending } = this.room;
      reject(new Error(`${this.client} after ${settledMsMax} ms: ${connection.status} (${connection.reason}), ${pending.length} pending`));
    }, settledMsMax);
    await Promise.race([this.room.whenSynced(), late]).finally(() => clearTimeout(timer));
  }

  /** Gone without a word, and does not come back by itself. */
  vanish(): void {
    this.wire.cut();
    this.#online(false);
  }

  async comeBack(): Promise<void> {
    this.#online(true);
    await this.allSettled();
  }

  #online(online: boolean): void {
    this.#isOnline = online;
    this.#tellOnline?.(online);
  }
}
