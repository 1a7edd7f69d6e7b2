/** Somebody with the product's own client, who comes back by itself, and notes all that it is told about its commands. From: disk.test.ts, damage-run.ts. */
import { createRoom, type Room, type Settled } from "../../src/client/index.ts";
import { meeting } from "../../src/meeting/room.ts";
import { Wire } from "../demo/wire.ts";
import { stateText } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";

export class Survivor {
  readonly name: string;
  readonly room: Room<typeof meeting>;
  /** Every connection, and attempt at one, that there ever was. */
  readonly wires: Wire[] = [];
  /** What it said, and what it was told about that. */
  readonly told = new Map<string, Settled<typeof meeting>>();
  /** What it was asked about: sent, and the fate is not known any more. */
  readonly asked: string[] = [];
  readonly troubles: string[] = [];

  /** `answer`: what it wants done with commands whose fate is unknown. */
  constructor(url: string, name: string, answer: "again" | "drop" = "drop") {
    const { origin, pathname } = new URL(url);
    this.name = name;
    this.room = createRoom(meeting, {
      url: origin,
      id: pathname.split("/").at(-1) ?? "",
      token: name,
      newId: () => name.toLowerCase(),
      socket: (address) => {
        const wire = new Wire(address, () => false);
        this.wires.push(wire);
        return wire;
      },
      onUnknownFate: (commands) => {
        for (const { command } of commands) if (command.type === "chat.send") this.asked.push(command.text);
        return answer;
      },
    });
    this.room.on("trouble", ({ code, message }) => this.troubles.push(`${code}: ${message}`));
  }

  /** Also where the server cannot hear it. */
  say(text: string): void {
    void this.room.send({ type: "chat.send", text }).settled.then((settled) => this.told.set(text, settled));
  }

  get state(): string {
    return stateText(this.room.state);
  }

  /** What the newest welcome named the way back: `resumed`, `otherEpoch` … */
  get recovered(): string | undefined {
    return this.wires.findLast(({ welcome }) => welcome !== undefined)?.welcome?.recovered;
  }

  get epoch(): string | undefined {
    return this.wires.findLast(({ welcome }) => welcome !== undefined)?.welcome?.epoch;
  }

  /** In step, and nothing is open. */
  async synced(): Promise<void> {
    const { room } = this;
    try {
      await eventually(() => room.connection.status === "live" && room.pending.length === 0, `${this.name} to be in step`, 15_000);
    } catch (error) {
      throw new Error(`${JSON.stringify(room.connection)}, ${room.pending.length} pending, troubles: ${this.troubles}`, { cause: error });
    }
  }

  /** Its connection is gone, and it knows. */
  async lost(): Promise<void> {
    await eventually(() => this.room.connection.status !== "live", `${this.name} to notice`);
  }
}
