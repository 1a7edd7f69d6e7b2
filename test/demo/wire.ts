/** A client's socket with a look at what goes over it: figures, cuts, frames that no client would send. From: person.ts, one per connection. */
import type { ClientSocket } from "../../src/client/index.ts";
import type { SnapshotReason, Welcome } from "../../src/protocol/frames.ts";
import type { Frame } from "../support/client.ts";

export class Wire implements ClientSocket {
  /** All that came, except deltas. */
  readonly frames: Frame[] = [];
  deltas = 0;
  deltaOps = 0;
  deltaBytes = 0;
  /** Deltas that did not follow the rev that the frames before had led to: counted here, without the client's own eyes. */
  gaps = 0;
  /** As the hello said. */
  sinceRev = 0;
  welcome: Welcome | undefined;
  onopen: ClientSocket["onopen"] = null;
  onmessage: ClientSocket["onmessage"] = null;
  onclose: ClientSocket["onclose"] = null;
  onerror: ClientSocket["onerror"] = null;
  readonly #socket: WebSocket;
  #rev = -1;
  #parts: string[] = [];

  /** `isDeaf`: what comes is lost on the way to the client. */
  constructor(address: string, isDeaf: () => boolean) {
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.onopen?.();
    this.#socket.onclose = ({ code, reason }) => this.onclose?.({ code, reason });
    this.#socket.onerror = () => this.onerror?.();
    this.#socket.onmessage = ({ data }) => {
      if (!isDeaf()) this.hear(String(data));
    };
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(text: string): void {
    if (text.startsWith('{"type":"hello"')) {
      this.sinceRev = JSON.parse(text).payload.since?.rev ?? 0;
      this.#rev = this.sinceRev;
    }
    this.#socket.send(text);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** Gone without a word. */
  cut(): void {
    (this.#socket as unknown as { terminate(): void }).terminate(); // Bun's own, beyond the DOM's type
  }

  /** Past the client, which knows nothing of it. */
  raw(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Also for what the server never said. */
  hear(text: string): void {
    const frame = JSON.parse(text) as Frame;
    const { type, payload } = frame;
    if (type === "delta") this.#delta(payload, text.length);
    else this.frames.push(frame);
    if (type === "welcome") this.welcome = payload as Welcome;
    if (type === "snapshot") this.#snapshot(payload);
    this.onmessage?.({ data: text });
  }

  #delta({ from, to, ops }: { from: number; to: number; ops?: readonly unknown[] }, bytes: number): void {
    if (ops === undefined || ops.length === 0) return;
    this.deltas++;
    this.deltaOps += ops.length;
    this.deltaBytes += bytes;
    if (from !== this.#rev) this.gaps++;
    this.#rev = to;
  }

  #snapshot(payload: SnapshotPayload): void {
    if (payload.part !== undefined) {
      this.#parts.push(payload.data ?? "");
      if (payload.part !== payload.parts) return;
      payload.state = JSON.parse(this.#parts.join(""));
      this.#parts = [];
    }
    this.#rev = payload.rev;
  }
}

/** `state` is there once all parts are. */
export interface SnapshotPayload {
  readonly rev: number;
  readonly reason: SnapshotReason;
  readonly part?: number;
  readonly parts?: number;
  readonly data?: string;
  state?: { readonly value: unknown; readonly context: unknown; readonly status: string; readonly history: unknown };
}
