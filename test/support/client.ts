/**
 * A client for tests, made of the protocol and the room type's machine: it replays what it is sent and remembers every frame.
 * It predicts nothing.
 */
import type { AnyActorScope, AnyMachineSnapshot } from "xstate";
import type { RefusedFrame, RosterEntry, Welcome } from "../../src/protocol/frames.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { historyIds, stampEvent } from "../../src/room/domain.ts";
import { inertScope, isIgnored, step } from "../../src/room/step.ts";
import { patched } from "../spec/spec-patch.ts";
import type { Own, RoomState } from "../spec/spec-socket.ts";

export interface Frame {
  readonly type: string;
  // A frame as it came: each test looks at the fields that its rule names.
  // biome-ignore lint/suspicious/noExplicitAny: the wire is untyped here on purpose; the assertions are the types
  readonly payload: any;
}

export interface ClientOptions {
  readonly client: string;
  readonly token?: string;
  readonly since?: { readonly epoch: string; readonly rev: number };
  readonly resume?: string;
  readonly nextSeq?: number;
  readonly openSeq?: number;
  readonly machine?: number;
  readonly headers?: Record<string, string>;
  readonly presence?: unknown;
  /** false: connect only. */
  readonly hello?: boolean;
  /** false: follow revs and frames, but not the state; for crowds. */
  readonly replay?: boolean;
  /** Reports its rev after so many bytes, as PING-1 asks of clients. */
  readonly reportEveryBytes?: number;
}

type Fate = { readonly ok: true; readonly rev: number } | ({ readonly ok: false } & RefusedFrame);

export class TestClient {
  readonly def: AnyRoomType;
  readonly options: ClientOptions;
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  bytesIn = 0;
  welcome: Welcome | undefined;
  epoch = "";
  rev = -1;
  seq = 0;
  snapshot: AnyMachineSnapshot | undefined;
  readonly roster = new Map<number, RosterEntry>();
  readonly presence = new Map<number, unknown>();
  readonly fates = new Map<number, Fate>();
  closed: { readonly code: number; readonly reason: string } | undefined;
  /** Ops that came with a rev that did not follow: a violation of L6 unless healed. */
  gaps = 0;
  /** In mode `patches`: what it was told, without what is its user's own. */
  document: RoomState | undefined;
  #own: Own | undefined;
  #parts: string[] = [];
  #unreportedBytes = 0;
  #waiting: {
    readonly until: () => boolean;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
    readonly what: string;
  }[] = [];
  readonly #scope: AnyActorScope | undefined;

  constructor(def: AnyRoomType, url: string, options: ClientOptions) {
    this.def = def;
    this.options = options;
    this.seq = (options.nextSeq ?? 1) - 1;
    this.#scope = options.replay === false ? undefined : inertScope(def.machine, { id: "test", at: 0 });
    this.socket = new WebSocket(url, { headers: options.headers ?? {} } as never);
    this.socket.onopen = () => {
      if (options.hello !== false) this.hello();
      this.#check();
    };
    this.socket.onmessage = ({ data }) => this.#receive(String(data));
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
      this.#check();
    };
  }

  /** Connects, says hello, and is live with a state. */
  static async join(def: AnyRoomType, url: string, options: ClientOptions): Promise<TestClient> {
    const client = new TestClient(def, url, options);
    await client.until(() => client.isReady || client.closed !== undefined, "joined");
    if (!client.isReady) throw new Error(`not let in: ${JSON.stringify(client.frames.at(-1))} ${JSON.stringify(client.closed)}`);
    return client;
  }

  get isReady(): boolean {
    return this.welcome !== undefined && (this.snapshot !== undefined || this.rev >= 0);
  }

  hello(): void {
    const { client, token, since, resume, openSeq, machine, presence, nextSeq = 1 } = this.options;
    const optional = { since, resume, openSeq, token, presence };
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    if (since !== undefined) {
      this.epoch = since.epoch;
      this.rev = since.rev;
    }
    this.raw({ type: "hello", payload: { protocol: 1, client, machine: machine ?? this.def.version, nextSeq, ...given } });
  }

  raw(frame: unknown): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Its seq; `fate` tells what became of it. */
  send(event: { readonly type: string; readonly [key: string]: unknown }): number {
    this.raw({ type: "command", payload: { seq: ++this.seq, event } });
    return this.seq;
  }

  async fate(seq: number): Promise<Fate> {
    await this.until(() => this.fates.has(seq), `fate of ${seq}`);
    return this.fates.get(seq) as Fate;
  }

  do(event: { readonly type: string; readonly [key: string]: unknown }): Promise<Fate> {
    return this.fate(this.send(event));
  }

  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** What `value` and `context` it has, as text: equal texts are equal states. */
  get state(): string {
    if (this.snapshot === undefined) throw new Error("no state yet");
    return stateText(this.snapshot);
  }

  get context(): never {
    return this.snapshot?.context as never;
  }

  async until(condition: () => boolean, what: string, timeoutMs = 30_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { until: condition, resolve, reject, what };
    this.#waiting.push(waiting);
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(
        new Error(
          `${this.options.client}: waited ${timeoutMs} ms for ${what}; errors ${JSON.stringify(this.of("error").slice(-3))}; last frames ${JSON.stringify(this.frames.slice(-3)).slice(0, 600)}`,
        ),
      );
    }, timeoutMs);
    await promise.finally(() => clearTimeout(timer));
  }

  async next(type: string, from = this.frames.length): Promise<Frame> {
    const found = () => this.frames.slice(from).find((frame) => frame.type === type);
    await this.until(() => found() !== undefined, `a frame '${type}'`);
    return found() as Frame;
  }

  async end(): Promise<{ readonly code: number; readonly reason: string }> {
    await this.until(() => this.closed !== undefined, "the close");
    return this.closed as { code: number; reason: string };
  }

  close(): void {
    this.socket.close();
  }

  /** For canaries: as if the last op had been missed unseen. */
  forgetOneOp(): void {
    const { snapshot } = this;
    if (snapshot !== undefined) this.snapshot = { ...snapshot, context: { ...snapshot.context, forgotten: true } } as AnyMachineSnapshot;
  }

  /** Gone without a word. */
  vanish(): void {
    (this.socket as unknown as { terminate(): void }).terminate(); // Bun's own, beyond the DOM's type
  }

  /** What a new connection of this client says. */
  get place(): ClientOptions {
    return {
      client: this.options.client,
      nextSeq: this.seq + 1,
      since: { epoch: this.epoch, rev: this.rev },
      ...(this.options.token === undefined ? {} : { token: this.options.token }),
      ...(this.welcome === undefined ? {} : { resume: this.welcome.resume }),
    };
  }

  /** A new connection that goes on where this one is. */
  resumed(url: string, options: Partial<ClientOptions> = {}): TestClient {
    const next = new TestClient(this.def, url, { ...this.place, ...options });
    next.snapshot = this.snapshot;
    for (const [who, entry] of this.roster) next.roster.set(who, entry);
    return next;
  }

  #check(): void {
    const ready = this.#waiting.filter(({ until }) => until());
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }

  #receive(text: string): void {
    this.bytesIn += text.length;
    this.#unreportedBytes += text.length;
    const frame = JSON.parse(text) as Frame;
    this.frames.push(frame);
    const { type, payload } = frame;
    if (type === "welcome") this.#welcomed(payload as Welcome);
    else if (type === "snapshot") this.#snapshot(payload);
    else if (type === "delta") this.#delta(payload);
    else if (type === "own") this.#own = payload;
    else if (type === "refused") this.fates.set(payload.seq, { ok: false, ...payload });
    else if (type === "presence") {
      for (const [who, state] of payload.set) this.presence.set(who, state);
      for (const who of payload.gone) this.presence.delete(who);
    }
    if (this.#unreportedBytes >= (this.options.reportEveryBytes ?? Infinity) && this.rev >= 0) {
      this.#unreportedBytes = 0;
      this.raw({ type: "ping", payload: { rev: this.rev } });
    }
    this.#check();
  }

  #welcomed(welcome: Welcome): void {
    this.welcome = welcome;
    this.epoch = welcome.epoch;
    for (const refused of welcome.refused) this.fates.set(refused.seq, { ok: false, ...refused });
    if (welcome.acked !== null) {
      this.seq = Math.max(this.seq, welcome.acked);
      this.#ackedUpTo(welcome.acked, welcome.rev);
    }
  }

  #snapshot(payload: Frame["payload"]): void {
    if (payload.part !== undefined) {
      this.#parts.push(payload.data);
      if (payload.part < payload.parts) return;
      payload.state = JSON.parse(this.#parts.join(""));
      this.#parts = [];
    }
    const { value, context, status, history, roster } = payload.state;
    this.epoch = payload.epoch;
    this.rev = payload.rev;
    this.document = payload.state;
    this.roster.clear();
    for (const entry of roster) this.roster.set(entry.who, entry);
    if (this.#scope === undefined) return;
    const historyValue = Object.fromEntries(
      Object.entries(history as Record<string, string[]>).map(([key, ids]) => [key, ids.map((id) => ({ id }))]),
    );
    this.snapshot = this.def.machine.restoreSnapshot(
      { value, context, status, historyValue, children: {}, output: undefined, error: undefined } as never,
      this.#scope,
    ) as AnyMachineSnapshot;
  }

  #delta(payload: Frame["payload"]): void {
    const { from, to, at, ops, patches, acked } = payload;
    if (from !== this.rev && (ops ?? patches)?.length > 0) {
      this.gaps++;
      return;
    }
    let rev = from;
    let time = at;
    for (const [who, seq, event, dt = 0] of ops ?? []) {
      time += dt;
      this.#apply(++rev, time, who, seq, event);
    }
    if (patches !== undefined) this.document = payload.document = patched(this.document, patches) as RoomState;
    this.rev = to;
    for (const seq of this.#own?.acks ?? []) this.fates.set(seq, { ok: true, rev: to });
    this.#own = undefined;
    if (acked !== undefined) this.#ackedUpTo(acked, to);
  }

  #apply(rev: number, at: number, who: number, seq: number, event: { type: string }): void {
    if (event.type === "participant.joined") {
      const { user, name, role } = event as unknown as RosterEntry;
      const client = (event as unknown as RosterEntry).client;
      this.roster.set(who, { who, user, name, role, client });
    }
    const entry = this.roster.get(who);
    if (entry?.client === this.options.client && seq > 0) this.fates.set(seq, { ok: true, rev });
    const before = this.snapshot;
    if (before === undefined || this.#scope === undefined) return; // a test that resumes without a state looks at the frames alone
    const role = entry === undefined ? "system" : (this.def.role?.(before.context, entry.user) ?? entry.role);
    const by = entry === undefined ? { user: "system", role, client: "system" } : { user: entry.user, role, client: entry.client };
    const made = step(this.def.machine, before, stampEvent({ rev, at, who, by, seq, event }), this.#scope, rev);
    if (!isIgnored(before, made)) this.snapshot = made.snapshot;
    if (event.type === "participant.left") this.roster.delete(who);
  }

  #ackedUpTo(seq: number, rev: number): void {
    for (let n = 1; n <= seq; n++) if (!this.fates.has(n)) this.fates.set(n, { ok: true, rev });
  }
}

/** Waits until all are at the same rev. Whoever is told last sets the pace, so a few rounds may be needed. */
export async function together(...clients: readonly TestClient[]): Promise<void> {
  const top = () => Math.max(...clients.map(({ rev }) => rev));
  for (let round = 0; clients.some(({ rev }) => rev !== top()); round++) {
    if (round > 100) throw new Error(`never at the same rev: ${clients.map(({ rev }) => rev)}`);
    for (const client of clients) await client.until(() => client.rev >= top(), "the head");
  }
}

export const stateText = (snapshot: AnyMachineSnapshot): string =>
  JSON.stringify([snapshot.value, snapshot.context, snapshot.status, historyIds(snapshot)]);
