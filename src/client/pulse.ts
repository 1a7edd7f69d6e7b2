/**
 * The client's side of the heartbeat: reports the rev that it has reached (SPEC PING-1), and finds out that a server fell silent.
 * From: link.ts. A page cannot see WebSocket pings, so silence is asked about, not waited for.
 */
import type { Clock } from "../clock.ts";

export interface PulseHost {
  readonly clock: Clock;
  ping(rev: number): void;
  dead(): void;
}

const tickMs = 1_000;
const reportEveryBytes = 256 * 1024;
/** While deltas come they tell of gaps themselves, and a report costs the server as much as a delta does: a second counts as so many bytes. */
const bytesPerTick = 25_000;
/** Silent for so long, and the server is asked. */
const quietMsMax = 10_000;

export class Pulse {
  /** That the client has reached, by room.ts. */
  rev = -1;
  readonly #host: PulseHost;
  #pongTimeoutMs = 5_000;
  #quietMs = quietMsMax;
  #bytes = 0;
  #reportedRev = -1;
  #heardMs = 0;
  #askedMs = Infinity;
  #tickedMs = 0;
  #cancel: (() => void) | undefined;

  constructor(host: PulseHost) {
    this.#host = host;
  }

  start(heartbeat: { readonly pingEveryMs: number; readonly pongTimeoutMs: number }): void {
    this.stop();
    this.#pongTimeoutMs = heartbeat.pongTimeoutMs;
    this.#quietMs = Math.min(quietMsMax, heartbeat.pingEveryMs);
    this.#heardMs = this.#tickedMs = this.#host.clock.monotonic();
    this.#askedMs = Infinity;
    this.#reportedRev = -1;
    this.#cancel = this.#host.clock.setTimer(tickMs, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  heard(bytes: number): void {
    this.#heardMs = this.#host.clock.monotonic();
    this.#askedMs = Infinity;
    this.#bytes += bytes;
    if (this.#bytes >= reportEveryBytes && this.#cancel) this.#report();
  }

  /** The network may be another one now: ask at once. */
  check(): void {
    if (this.#cancel) this.#ask();
  }

  #tick(): void {
    const now = this.#host.clock.monotonic();
    // Asleep, or frozen: what came meanwhile has not been heard yet.
    const overslept = now - this.#tickedMs > 5 * tickMs;
    this.#tickedMs = now;
    if (overslept) this.#ask();
    else if (now - this.#askedMs >= this.#pongTimeoutMs) return this.#host.dead();
    else if (this.rev !== this.#reportedRev) {
      this.#bytes += bytesPerTick;
      if (now - this.#heardMs >= tickMs) this.#report();
    } else if (this.#askedMs === Infinity && now - this.#heardMs >= this.#quietMs) this.#ask();
    this.#cancel = this.#host.clock.setTimer(tickMs, () => this.#tick());
  }

  #ask(): void {
    this.#askedMs = this.#host.clock.monotonic();
    this.#report();
  }

  #report(): void {
    this.#bytes = 0;
    this.#reportedRev = this.rev;
    if (this.rev >= 0) this.#host.ping(this.rev);
  }
}
