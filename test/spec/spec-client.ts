/** A whole client of SPEC.md, as somebody would write it who has that page and the room's machine, and nothing else of this project. */
import type { AnyStateMachine } from "xstate";
import { checksum } from "./spec-checksum.ts";
import { Replay, type RoleOf } from "./spec-replay.ts";
import {
  type Delta,
  type Event,
  type Frame,
  type Own,
  type Refused,
  type RoomState,
  type Snapshot,
  SpecSocket,
  Watch,
  type Welcome,
} from "./spec-socket.ts";

export interface SpecClientOptions {
  readonly url: string;
  readonly client: string;
  readonly token: string;
  readonly logic: AnyStateMachine;
  readonly roleOf: RoleOf;
  /** [HELLO-3] Default 1. */
  readonly machine?: number;
}
export type Fate = { readonly took: true } | { readonly took: false; readonly refused: Refused } | "unknown";

const pingEveryMs = 1_000;
/** [PING-1] counts 256 KiB; a character may have three bytes. */
const pingEveryChars = (256 * 1024) / 3;

export class SpecClient {
  socket!: SpecSocket;
  epoch = "";
  rev = 0;
  state: RoomState | undefined;
  readonly presence = new Map<number, unknown>();
  readonly fates = new Map<number, Fate>();
  readonly cues: Event[] = [];
  /** Commands without a fate: seq → event. */
  readonly open = new Map<number, Event>();
  readonly #watch = new Watch();
  readonly #options: SpecClientOptions;
  readonly #replay: Replay;
  #welcome: Welcome | undefined;
  #isJoined = false;
  #nextSeq = 1;
  #own: Own | undefined;
  #parts: string[] = [];
  #isResyncing = false;
  #pinged = { atMs: performance.now(), chars: 0 };

  constructor(options: SpecClientOptions) {
    this.#options = options;
    this.#replay = new Replay(options.logic, options.roleOf);
  }

  /** Opens a connection and says hello; done when the client is as far as the welcome's rev. */
  async join(): Promise<Welcome> {
    const { url, client, token, machine = 1 } = this.#options;
    this.#isJoined = false;
    this.socket = await SpecSocket.open(url, this.#watch, (frame, chars) => this.#take(frame, chars));
    const since = this.state && { epoch: this.epoch, rev: this.rev };
    const [openSeq] = this.open.keys();
    const resume = this.#welcome?.resume;
    this.socket.send("hello", { protocol: 1, client, machine, token, nextSeq: this.#nextSeq, openSeq, since, resume });
    const welcome = await this.socket.next("welcome");
    await this.until(() => this.epoch === welcome.epoch && this.rev >= welcome.rev, `rev ${welcome.rev}`);
    return welcome;
  }

  /** Sent at once if there is a connection; kept until its fate is known. */
  command(event: Event): number {
    const seq = this.keep(event);
    if (this.#isJoined && this.socket.isOpen) this.socket.send("command", { seq, event });
    return seq;
  }

  /** Numbered, but not sent. */
  keep(event: Event): number {
    this.open.set(this.#nextSeq, event);
    return this.#nextSeq++;
  }

  fate(seq: number): Promise<Fate> {
    return this.until(() => this.fates.get(seq), `the fate of seq ${seq}`);
  }

  until<T>(find: () => T | undefined | false, what: string): Promise<T> {
    return this.#watch.until(find, what);
  }

  /** The state, as bytes to compare. */
  get text(): string {
    return JSON.stringify(this.state);
  }

  #take({ type, payload }: Frame, chars: number): void {
    if (type === "welcome") this.#onWelcome(payload);
    else if (type === "snapshot") this.#onSnapshot(payload);
    else if (type === "delta") this.#onDelta(payload, chars);
    else if (type === "own") this.#own = payload;
    else if (type === "refused") this.#settle(payload.seq, { took: false, refused: payload });
    else if (type === "presence") {
      for (const [who, state] of payload.set) this.presence.set(who, state);
      for (const who of payload.gone) this.presence.delete(who);
    } else if (type === "pong") {
      if (payload.rev > this.rev) this.#resync("gap");
    } else if (type === "error" && payload.seq !== undefined) {
      const { seq, code, retryAfterMs } = payload;
      if (code === "OUT_OF_RANGE") this.#sendFrom(seq);
      else if (retryAfterMs !== undefined) setTimeout(() => this.#sendFrom(seq), retryAfterMs);
    }
  }

  #onWelcome(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#isJoined = true;
    this.#isResyncing = false;
    this.presence.clear();
    for (const refused of welcome.refused) this.#settle(refused.seq, { took: false, refused });
    if (welcome.acked === null) for (const seq of [...this.open.keys()]) this.#settle(seq, "unknown");
    else this.#settleTo(welcome.acked);
    this.#nextSeq = Math.max(this.#nextSeq, (welcome.acked ?? 0) + 1);
    this.#sendFrom(0);
  }

  #onSnapshot(snapshot: Snapshot): void {
    if (snapshot.part === undefined) return this.#replace(snapshot, snapshot.state);
    this.#parts = [...(snapshot.part === 1 ? [] : this.#parts), snapshot.data];
    if (snapshot.part === snapshot.parts) this.#replace(snapshot, JSON.parse(this.#parts.join("")) as RoomState);
  }

  #replace({ epoch, rev }: Snapshot, state: RoomState): void {
    this.epoch = epoch;
    this.rev = rev;
    this.state = state;
    this.#isResyncing = false;
  }

  #onDelta(delta: Delta, chars: number): void {
    if (delta.to > this.rev) {
      if (delta.from !== this.rev || this.state === undefined) return this.#resync("gap");
      this.state = this.#replay.delta(this.state, delta, (sender, seq) => {
        const isOwn = sender.user === this.#welcome?.user && sender.client === this.#options.client;
        if (isOwn && seq > 0) this.#settle(seq, { took: true });
      });
      this.rev = delta.to;
      for (const seq of this.#own?.acks ?? []) this.#settle(seq, { took: true });
      this.#own = undefined;
      this.cues.push(...(delta.cues ?? []));
      if (delta.sum !== undefined && delta.sum !== checksum(this.text)) this.#resync("diverged");
    }
    if (delta.acked !== undefined) this.#settleTo(delta.acked);
    this.#pinged.chars += chars;
    const nowMs = performance.now();
    if (nowMs - this.#pinged.atMs < pingEveryMs && this.#pinged.chars < pingEveryChars) return;
    this.#pinged = { atMs: nowMs, chars: 0 };
    this.socket.send("ping", { rev: this.rev });
  }

  #settle(seq: number, fate: Fate): void {
    if (this.open.delete(seq)) this.fates.set(seq, fate);
  }

  #settleTo(acked: number): void {
    for (const seq of [...this.open.keys()]) if (seq <= acked) this.#settle(seq, { took: true });
  }

  #sendFrom(first: number): void {
    if (this.#isJoined && this.socket.isOpen)
      for (const [seq, event] of this.open) if (seq >= first) this.socket.send("command", { seq, event });
  }

  #resync(reason: "gap" | "diverged"): void {
    if (this.#isResyncing) return;
    this.#isResyncing = true;
    this.socket.send("resync", { reason });
  }
}
