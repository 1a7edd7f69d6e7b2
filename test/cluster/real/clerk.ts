/** Somebody who writes into a ledger without a pause, with the product's own client, and comes back to any of the nodes. From: world.ts. */
import { createRoom, type Room } from "../../../src/client/index.ts";
import { memoryStorage } from "../../../src/client/memory.ts";
import { stateText } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import type { Heard } from "./heard.ts";
import { ledger, someCommand } from "./ledger.ts";
import { type Seen, WatchedSocket } from "./watched-socket.ts";

/** What became of one command. */
export interface Told {
  readonly client: string;
  readonly mark: string;
  readonly event: { readonly type: string };
  readonly outcome: "accepted" | "refused" | "unknown";
}

export interface ClerkOptions {
  readonly client: string;
  readonly roomId: string;
  /** Where the nodes are; the first one is where it goes first. */
  readonly urls: readonly string[];
  readonly heard: Heard;
  readonly next: () => number;
  readonly fuses: boolean;
  /** One of its commands took effect that it gave at `sentMs`, by `performance.now()`. */
  readonly onAccepted: (client: string, sentMs: number) => void;
}

/** More are not open at a time: then it waits. */
const openMax = 20;
const paceMsMin = 40;
const paceMsMax = 160;

export class Clerk {
  readonly client: string;
  readonly room: Room<typeof ledger>;
  /** Of the commands that have their fate; whoever audits takes them out. */
  told: Told[] = [];
  sent = 0;
  readonly problems: string[] = [];
  readonly #options: ClerkOptions;
  readonly #seen: Seen;
  #attempts = 0;
  #socket: WatchedSocket | undefined;
  #writing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClerkOptions) {
    this.#options = options;
    this.client = options.client;
    this.#seen = { client: options.client, heard: options.heard, rev: -1 };
    this.room = createRoom(ledger, {
      url: options.urls[0] ?? "",
      id: options.roomId,
      token: options.client,
      newId: () => options.client,
      storage: memoryStorage(),
      socket: (address) => {
        this.#socket = new WatchedSocket(this.#somewhere(address), this.#seen);
        return this.#socket;
      },
    });
    this.room.on("trouble", ({ code, message }) => {
      // A room that cannot save says so, and goes on later.
      if (code !== "UNAVAILABLE") this.problems.push(`[L6] ${this.client} had trouble: ${code}: ${message}`);
    });
  }

  /** What the server has told it. */
  get text(): string {
    return stateText(this.room.confirmed as never);
  }

  /** Begins, or goes on, writing. */
  write(): void {
    const { next } = this.#options;
    this.#writing = setTimeout(
      () => {
        if (this.room.pending.length < openMax) this.#give();
        this.write();
      },
      paceMsMin + next() * (paceMsMax - paceMsMin),
    );
  }

  rest(): void {
    clearTimeout(this.#writing);
  }

  /** Faults drive everybody to the same node in the end. Resolves when this one is live where it began. */
  async home(timeoutMs: number): Promise<void> {
    const { urls } = this.#options;
    const isThere = () => {
      if (this.room.connection.status !== "live") return false;
      if ((this.#attempts - 1) % urls.length === 0) return true;
      this.#attempts = 0;
      this.#socket?.close();
      return false;
    };
    await eventually(isThere, `${this.client} to be at its first node`, timeoutMs);
  }

  /** In step, and nothing is open. */
  async settled(timeoutMs: number): Promise<void> {
    const { room } = this;
    const isSettled = () => room.connection.status === "live" && room.pending.length === 0;
    try {
      await eventually(isSettled, `${this.client} to be in step`, timeoutMs);
    } catch (error) {
      throw new Error(`${JSON.stringify(room.connection)}, ${room.pending.length} pending`, { cause: error });
    }
  }

  #give(): void {
    const { next, fuses, onAccepted } = this.#options;
    const mark = `${this.client}.${++this.sent}`;
    const event = someCommand(next, mark, fuses);
    const sentMs = performance.now();
    void this.room.send(event).settled.then((settled) => {
      const outcome = settled.ok ? "accepted" : ["unknown", "closed", "full"].includes(settled.code) ? "unknown" : "refused";
      this.told.push({ client: this.client, mark, event, outcome });
      if (settled.ok) onAccepted(this.client, sentMs);
    });
  }

  /** Each attempt goes to the node after the last one's. */
  #somewhere(address: string): string {
    const { urls } = this.#options;
    const url = new URL(urls[this.#attempts++ % urls.length] ?? "");
    const there = new URL(address);
    there.host = url.host;
    return there.href;
  }
}
