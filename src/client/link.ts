/**
 * The driver of machines/connection.ts: sockets, timeouts, backoff with full jitter, silence. It knows frames, but nothing of a room's state.
 * From: sync.ts. To: the wire. One socket at a time; what a dropped one still says is not heard.
 */
import { type Actor, createActor } from "xstate";
import { type ConnectionEvent, connection } from "../../machines/connection.ts";
import type { Clock } from "../clock.ts";
import { Pulse } from "./pulse.ts";
import { type ClosingFrame, type Frame, parseFrame } from "./wire.ts";

/** What is used of a WebSocket. */
export interface ClientSocket {
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: ((close: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: (() => void) | null;
}

/** Whether there is a network, as far as the platform knows. */
export interface Network {
  isOnline(): boolean;
  /** Returns how to stop. */
  watch(changed: (online: boolean) => void): () => void;
}

export interface LinkHost {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly network: Network;
  socket(): ClientSocket;
  /** The payload of the hello. */
  hello(): Promise<object>;
  heard(frame: Frame): void;
  /** Before a hello: another sign-in may help. Once; then the user has to. */
  canRenew(): boolean;
  /** This client's id is somebody else's: the next hello has another one. */
  taken(): Promise<void>;
  resync(): void;
  changed(): void;
}

const connectMsMax = 10_000;
const joinMsMax = 15_000;
const backoffMinMs = 250;
const backoffMaxMs = 30_000;
/** In step for so long, and the next failure counts as the first; in step at all, and it counts as the third at most. */
const settledMs = 10_000;
const shakyFailuresMax = 2;

export type Status =
  | "connecting"
  | "joining"
  | "catchingUp"
  | "live"
  | "backoff"
  | "offline"
  | "signedOut"
  | "refused"
  | "stuck"
  | "closed";

export class Link {
  readonly pulse: Pulse;
  readonly #host: LinkHost;
  readonly #actor: Actor<typeof connection>;
  readonly #unwatch: () => void;
  #socket: ClientSocket | undefined;
  /** Over which number of connection what was sent went; 1, 2, 3 … */
  number = 0;
  #failures = 0;
  #inStepSinceMs = Infinity;
  #closing: ClosingFrame | undefined;
  #renewed = false;
  #retryAtMs: number | undefined;

  constructor(host: LinkHost) {
    this.#host = host;
    const { clock, network } = host;
    this.pulse = new Pulse({
      clock,
      ping: (rev) => this.send("ping", { rev }),
      dead: () => this.#lose({ reason: "The server fell silent." }),
    });
    const driven = connection.provide({
      actions: {
        open: () => this.#open(),
        sayHello: () => void this.#sayHello(),
        giveUp: () => this.#lose({ reason: "The server did not answer." }),
        drop: () => this.#drop(),
        resync: () => host.resync(),
      },
    });
    this.#actor = createActor(driven, {
      input: { online: network.isOnline(), connectMsMax, joinMsMax },
      clock: { setTimeout: (fire: () => void, ms: number) => clock.setTimer(ms, fire), clearTimeout: (cancel: () => void) => cancel() },
    });
    this.#actor.subscribe({ next: () => host.changed(), error: console.error });
    this.#actor.start();
    this.#unwatch = network.watch((online) => {
      this.edge({ type: online ? "online" : "offline" });
      if (online) this.pulse.check(); // perhaps over another network
    });
  }

  edge(event: ConnectionEvent): void {
    if (this.#actor.getSnapshot().status !== "active") return;
    if (event.type === "caughtUp") {
      this.#inStepSinceMs = this.#host.clock.monotonic();
      this.#failures = Math.min(this.#failures, shakyFailuresMax);
    }
    this.#actor.send(event);
  }

  get status(): Status {
    const { value } = this.#actor.getSnapshot();
    if (value === "idle") return "connecting";
    if (typeof value === "string") return value;
    return value.live === "inStep" ? "live" : "catchingUp";
  }

  /** Welcomed: commands may be sent. */
  get isJoined(): boolean {
    return this.#actor.getSnapshot().matches("live");
  }

  get why(): { readonly code: string | undefined; readonly reason: string | undefined } {
    return this.#actor.getSnapshot().context;
  }

  /** When the next attempt is due, by the wall clock; only in backoff. */
  get retryAt(): number | undefined {
    return this.status === "backoff" ? this.#retryAtMs : undefined;
  }

  /** Returns false if there is no connection that would take it. */
  send(type: string, payload: unknown): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify({ type, payload }));
    return true;
  }

  /** A person, or the platform, wants it tried now. */
  connect(): void {
    this.#failures = 0;
    this.edge({ type: "connect" });
  }

  close(): void {
    this.edge({ type: "close" });
    this.#unwatch();
  }

  // --- what the machine asks for -------------------------------------------------------------------------------------

  #open(): void {
    this.#closing = undefined;
    this.number++;
    let socket: ClientSocket;
    try {
      socket = this.#host.socket();
    } catch (error) {
      return this.edge({ type: "refused", code: "INVALID_ARGUMENT", reason: String(error) }); // a wrong address
    }
    this.#socket = socket;
    const mine = (act: () => void) => {
      if (this.#socket === socket) act();
    };
    socket.onopen = () => mine(() => this.edge({ type: "opened" }));
    socket.onmessage = ({ data }) => mine(() => this.#hear(data));
    socket.onclose = () => mine(() => this.#closed());
    socket.onerror = () => undefined; // a close follows, and says more
  }

  async #sayHello(): Promise<void> {
    const { number } = this;
    try {
      const hello = await this.#host.hello();
      if (this.number === number) this.send("hello", hello);
    } catch (error) {
      if (this.number === number) this.#lose({ reason: String(error) });
    }
  }

  #drop(): void {
    this.pulse.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  // --- what comes ----------------------------------------------------------------------------------------------------

  #hear(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === undefined) return this.#lose({ reason: "The server sent no frame." });
    this.pulse.heard(String(data).length);
    if (frame.type === "closing") this.#closing = frame.payload;
    else if (frame.type === "welcome") {
      this.#renewed = false;
      this.pulse.start(frame.payload.heartbeat);
    }
    this.#host.heard(frame);
  }

  #closed(): void {
    this.#socket = undefined;
    const code = this.#closing?.code;
    const reason = this.#closing?.reason ?? "The connection was lost.";
    switch (code) {
      case "UNAUTHENTICATED":
        if (this.#renewed || !this.#host.canRenew()) return this.edge({ type: "signedOut", code, reason });
        this.#renewed = true;
        return this.#lose({ code, reason }, 0);
      case "PERMISSION_DENIED":
      case "FAILED_PRECONDITION":
      case "UNIMPLEMENTED":
        return this.edge({ type: "refused", code, reason });
      case "ALREADY_EXISTS":
        return void this.#host.taken().then(() => this.#lose({ code, reason }, 0));
      default:
        return this.#lose({ code, reason });
    }
  }

  #lose(why: { readonly code?: string | undefined; readonly reason: string }, atOnceMs?: number): void {
    const { clock, random } = this.#host;
    if (clock.monotonic() - this.#inStepSinceMs > settledMs) this.#failures = 0;
    this.#inStepSinceMs = Infinity;
    const cap = Math.min(backoffMaxMs, backoffMinMs * 2 ** this.#failures++);
    // Full jitter, also on top of what the server asked for: a thousand clients must not come back at once.
    const waitMs = atOnceMs ?? (this.#closing?.retryAfterMs ?? 0) + random() * cap;
    this.#retryAtMs = clock.now() + waitMs;
    this.edge({ type: "lost", waitMs, ...why });
  }
}
