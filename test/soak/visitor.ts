/** Somebody with the product's own client, who comes, does this and that, reloads, loses the connection, and goes. From: house.ts. */
import { type ClientSocket, createRoom, type Room } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import { meeting } from "../../src/meeting/room.ts";
import type { CommandOf } from "../../src/room/define-room.ts";
import { eventually } from "../support/eventually.ts";
import type { Told } from "../support/read-journal.ts";

const askEveryMs = 15_000;

export class Visitor {
  readonly client: string;
  readonly #settled = new Map<string, Told["settled"][number][]>();
  /** What went wrong here, for people. */
  readonly troubles: string[] = [];
  readonly #url: string;
  readonly #id: string;
  readonly #name: string;
  readonly #storage = memoryStorage();
  #socket: WebSocket | undefined;
  #isAway = false;
  #askedMs = -Infinity;
  #ids = 0;
  #room: Room<typeof meeting>;

  constructor(url: string, id: string, client: string, name: string) {
    this.#url = url;
    this.#id = id;
    this.client = client;
    this.#name = name;
    this.#room = this.#enter();
  }

  get room(): Room<typeof meeting> {
    return this.#room;
  }

  /** Who is cut off before the first welcome has to come again as another client. */
  get told(): Told[] {
    return [...this.#settled].map(([client, settled]) => ({ client, settled }));
  }

  /** Between two pages, or on the way out: nothing can be asked of it. */
  get isAway(): boolean {
    return this.#isAway;
  }

  send(command: CommandOf<typeof meeting>): void {
    const sent = this.#room.send(command);
    if (sent.seq === 0) this.troubles.push(`${this.client} could not even ask for ${command.type}`);
    void sent.settled.then((outcome) => {
      const { seq } = sent; // not before: a command that was given before the first welcome gets its number with it
      if (!outcome.ok && (outcome.code === "unknown" || outcome.code === "internal" || outcome.code === "closed"))
        this.troubles.push(`${this.client} ${seq}: ${outcome.code}`);
      const client = this.#room.me?.client ?? "nobody";
      this.#settled.set(client, [...(this.#settled.get(client) ?? []), { seq, event: command, ok: outcome.ok }]);
    });
  }

  move(x: number, y: number): void {
    this.#room.presence.set({ cursor: [x, y] });
  }

  /** The page is loaded anew: the same client, without a state. */
  async reload(): Promise<void> {
    this.#isAway = true;
    await this.synced();
    await this.#room.close();
    this.#room = this.#enter();
    this.#isAway = false;
  }

  /** The network is gone for a moment; the client comes back by itself. */
  cut(): void {
    (this.#socket as unknown as { terminate(): void } | undefined)?.terminate(); // Bun's own, beyond the DOM's type
  }

  /** As after a doubt: the whole state once more. Past the client, whose own budget would hold it back, so it has one here: SYNC-1 grants one in 5 s. */
  askForState(): void {
    const now = performance.now();
    if (this.#room.connection.status !== "live" || now - this.#askedMs < askEveryMs) return;
    this.#askedMs = now;
    this.#socket?.send(JSON.stringify({ type: "resync", payload: { reason: "asked" } }));
  }

  async synced(): Promise<void> {
    const { connection, pending } = this.#room;
    const what = `${this.client}: ${connection.status} (${connection.reason}), ${pending.length} pending`;
    await eventually(() => this.#room.connection.status === "live" && this.#room.pending.length === 0, what, 30_000);
  }

  async leave(): Promise<void> {
    this.#isAway = true;
    await this.synced();
    await this.#room.leave();
  }

  #enter(): Room<typeof meeting> {
    const room = createRoom(meeting, {
      url: this.#url,
      id: this.#id,
      token: this.#name,
      storage: this.#storage,
      newId: () => (this.#ids++ === 0 ? this.client : `${this.client}-${this.#ids}`),
      socket: (address) => {
        this.#socket = new WebSocket(address);
        return this.#socket as unknown as ClientSocket;
      },
    });
    room.on("trouble", ({ code, message }) => this.troubles.push(`${this.client}: ${code}: ${message}`));
    return room;
  }
}
