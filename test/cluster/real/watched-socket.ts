/**
 * A client's socket, with all that comes over it checked against what this client had before, over whichever node: revs in order, none left out, none
 * twice, never back. From: clerk.ts, one per connection. To: heard.ts.
 */
import type { ClientSocket } from "../../../src/client/index.ts";
import type { SnapshotReason, Welcome } from "../../../src/protocol/frames.ts";
import type { Heard } from "./heard.ts";

/** What one client has seen, over all its connections. */
export interface Seen {
  readonly client: string;
  readonly heard: Heard;
  rev: number;
}

type Frame =
  | { readonly type: "welcome"; readonly payload: Welcome }
  | { readonly type: "snapshot"; readonly payload: Snapshot }
  | { readonly type: "delta"; readonly payload: Delta };
interface Snapshot {
  readonly epoch: string;
  readonly rev: number;
  readonly reason: SnapshotReason;
  readonly part?: number;
  readonly parts?: number;
}
interface Delta {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly ops?: readonly (readonly [who: number, seq: number, event: unknown, dt?: number])[];
}

/** Why a whole state may come instead of what was missed, in a world in which nothing is lost and no client is slow. */
const reasonsExpected: readonly string[] = ["resumed", "first", "beyondRing"];

export class WatchedSocket implements ClientSocket {
  onopen: ClientSocket["onopen"] = null;
  onmessage: ClientSocket["onmessage"] = null;
  onclose: ClientSocket["onclose"] = null;
  onerror: ClientSocket["onerror"] = null;
  readonly #socket: WebSocket;
  readonly #seen: Seen;

  constructor(address: string, seen: Seen) {
    this.#seen = seen;
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => this.onopen?.();
    this.#socket.onclose = ({ code, reason }) => this.onclose?.({ code, reason });
    this.#socket.onerror = () => this.onerror?.();
    this.#socket.onmessage = ({ data }) => {
      // A client that has closed hears nothing.
      if (this.#socket.readyState === WebSocket.OPEN) this.#hear(JSON.parse(String(data)) as Frame);
      this.onmessage?.({ data });
    };
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  #hear({ type, payload }: Frame): void {
    if (type === "welcome") this.#welcome(payload);
    else if (type === "snapshot") this.#snapshot(payload);
    else if (type === "delta") this.#delta(payload);
  }

  #welcome({ epoch, rev, recovered, acked }: Welcome): void {
    const { heard, client } = this.#seen;
    heard.inEpoch(client, epoch);
    if (rev < this.#seen.rev) this.#problem("L6", `was welcomed at rev ${rev}, and had ${this.#seen.rev}`);
    if (!reasonsExpected.includes(recovered)) this.#problem("L6", `came back and was told: ${recovered}`);
    if (acked === null) this.#problem("L2", "was told that its commands' fates are no longer known");
  }

  #snapshot({ epoch, rev, reason, part, parts }: Snapshot): void {
    if (part !== parts) return;
    this.#seen.heard.inEpoch(this.#seen.client, epoch);
    if (rev < this.#seen.rev) this.#problem("L6", `got a snapshot of rev ${rev}, and had ${this.#seen.rev}`);
    if (!reasonsExpected.includes(reason)) this.#problem("L6", `got a snapshot: ${reason}`);
    this.#seen.rev = rev;
  }

  #delta({ from, to, at, ops = [] }: Delta): void {
    if (ops.length === 0) return;
    if (from !== this.#seen.rev) this.#problem("L6", `was told revs ${from + 1} to ${to} after rev ${this.#seen.rev}`);
    let rev = from;
    let time = at;
    for (const [who, seq, event, dt = 0] of ops) {
      time += dt;
      this.#seen.heard.op(this.#seen.client, { rev: ++rev, who, seq, at: time, event });
    }
    this.#seen.rev = to;
  }

  #problem(law: string, what: string): void {
    this.#seen.heard.problems.push(`[${law}] ${this.#seen.client} ${what}`);
  }
}
