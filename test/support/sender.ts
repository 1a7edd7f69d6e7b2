/** A client that keeps what it sent until it knows its fate, comes back after every loss, and sends again what is open: the client's half of L2, without prediction. */
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { TestClient } from "./client.ts";

export interface Command {
  readonly type: string;
  readonly [key: string]: unknown;
}
export interface Settled {
  readonly seq: number;
  readonly event: Command;
  readonly ok: boolean;
}

export class Sender {
  readonly client: string;
  readonly token: string;
  readonly settled: Settled[] = [];
  connection: TestClient | undefined;
  resumes = 0;
  readonly #def: AnyRoomType;
  readonly #url: () => string;
  readonly #pending = new Map<number, Command>();
  #nextSeq = 1;

  constructor(def: AnyRoomType, url: () => string, client: string, token: string) {
    this.#def = def;
    this.#url = url;
    this.client = client;
    this.token = token;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Connects, or connects again where it was. */
  async connect(): Promise<void> {
    const before = this.connection;
    const open = { reportEveryBytes: 64 * 1024, nextSeq: this.#nextSeq, openSeq: Math.min(this.#nextSeq, ...this.#pending.keys()) };
    let next: TestClient;
    if (before?.isReady) {
      next = before.resumed(this.#url(), open);
      this.resumes++;
    } else
      next = new TestClient(this.#def, this.#url(), {
        client: this.client,
        token: this.token,
        ...open,
        ...(before?.welcome === undefined ? {} : { resume: before.welcome.resume }),
      });
    await next.until(() => next.welcome !== undefined || next.closed !== undefined, "the welcome");
    if (next.welcome === undefined) throw new Error(`not let in: ${JSON.stringify(next.closed)}`);
    this.connection = next;
    this.#settle();
    for (const [seq, event] of this.#pending) next.raw({ type: "command", payload: { seq, event } });
  }

  send(event: Command): number {
    const seq = this.#nextSeq++;
    this.#pending.set(seq, event);
    const { connection } = this;
    if (connection?.socket.readyState === WebSocket.OPEN && connection.welcome !== undefined)
      connection.raw({ type: "command", payload: { seq, event } });
    return seq;
  }

  /** Everything that was sent has its fate. */
  async allSettled(): Promise<void> {
    const { connection } = this;
    if (connection === undefined) throw new Error("not connected");
    await connection.until(() => {
      this.#settle();
      return this.#pending.size === 0 || connection.closed !== undefined;
    }, `fates of ${this.#pending.size} commands of ${this.client}`);
    if (this.#pending.size > 0) throw new Error(`closed with ${this.#pending.size} open: ${JSON.stringify(connection.closed)}`);
  }

  /** Moves what has a fate from pending to settled, in order. */
  #settle(): void {
    for (const [seq, event] of this.#pending) {
      const fate = this.connection?.fates.get(seq);
      if (fate === undefined) continue;
      this.#pending.delete(seq);
      this.settled.push({ seq, event, ok: fate.ok });
    }
  }

  /** What the dying connection still heard counts. */
  lost(): void {
    this.#settle();
  }
}
