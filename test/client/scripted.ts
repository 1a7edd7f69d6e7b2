/** A client of the real library, alone with the test: the test is the server and says each frame itself, on a virtual clock. */
import { type ClientSocket, createRoom, type Room, type RoomOptions } from "../../src/client/index.ts";
import type { Welcome } from "../../src/protocol/frames.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { board } from "../support/board.ts";
import type { Frame } from "../support/client.ts";

export const ann = { who: 1, user: "ann", name: "ann", role: "member", client: "ann" };
export const ben = { who: 2, user: "ben", name: "ben", role: "member", client: "ben" };

/** The board as a server writes it, with ann and ben in it. */
export const stateOf = (context: object = {}, rest: object = {}) => ({
  at: 1,
  value: "free",
  context: { fields: {}, total: 0, holder: null, items: [], ...context },
  status: "active",
  history: {},
  roster: [ann, ben],
  ...rest,
});

/** One connection. */
export class ScriptedSocket implements ClientSocket {
  readyState = 0;
  readonly said: Frame[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((close: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  send(text: string): void {
    if (this.readyState !== 1) throw new Error("this socket is not open");
    this.said.push(JSON.parse(text) as Frame);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The connection ends, after a last frame where one is given. */
  end(closing?: { readonly code: string; readonly reason?: string; readonly retryAfterMs?: number }): void {
    if (closing !== undefined) this.say("closing", { reason: "So it is.", ...closing });
    this.readyState = 3;
    this.onclose?.({ code: 1006, reason: "" });
  }

  say(type: string, payload: object): void {
    this.onmessage?.({ data: JSON.stringify({ type, payload }) });
  }

  welcome(welcome: Partial<Welcome> = {}): void {
    this.say("welcome", {
      session: "s",
      resume: "secret",
      user: "ann",
      role: "member",
      who: 1,
      epoch: "e1",
      rev: 1,
      mode: "events",
      recovered: "first",
      acked: 0,
      refused: [],
      heartbeat: { pingEveryMs: 30_000, pongTimeoutMs: 5_000, graceMs: 15_000 },
      windowMs: { min: 10, max: 64 },
      limits: { frameBytesMax: 65_536, commandBytesMax: 16_384, commandsPerSecond: 50, presencePerSecond: 30, pendingMax: 256 },
      ...welcome,
    });
  }

  snapshot(rev: number, snapshot: object = {}): void {
    this.say("snapshot", { epoch: "e1", rev, reason: "first", state: stateOf(), ...snapshot });
  }

  /** Ops `[who, seq, event, dt?]` after `from`. */
  delta(from: number, ops: readonly (readonly [number, number, object, number?])[], more: object = {}): void {
    this.say("delta", { from, to: from + ops.length, at: 1_000, ops, ...more });
  }

  of(type: string): Frame["payload"][] {
    return this.said.filter((frame) => frame.type === type).map(({ payload }) => payload);
  }

  /** Seqs of the commands, as they went. */
  get seqs(): number[] {
    return this.of("command").map(({ seq }) => seq);
  }
}

export class Script {
  readonly clock = new VirtualClock();
  /** All connections, the newest last. */
  readonly sockets: ScriptedSocket[] = [];
  readonly room: Room<typeof board>;
  readonly troubles: { readonly code: string; readonly message: string }[] = [];
  #tellNetwork: (online: boolean) => void = () => undefined;
  /** Whether the client listens to the network. */
  isWatching = true;

  constructor(options: Partial<RoomOptions<typeof board>> = {}, isOnline = true) {
    let ids = 0;
    this.room = createRoom(board, {
      url: "ws://here",
      id: "r",
      clock: this.clock,
      random: () => 0,
      newId: () => `ann${ids++ || ""}`,
      socket: () => {
        const socket = new ScriptedSocket();
        this.sockets.push(socket);
        return socket;
      },
      network: {
        isOnline: () => isOnline,
        watch: (changed) => {
          this.#tellNetwork = changed;
          return () => {
            this.isWatching = false;
          };
        },
      },
      ...options,
    });
    this.room.on("trouble", (trouble) => this.troubles.push(trouble));
  }

  /** The newest connection. */
  get socket(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("there is no connection yet");
    return socket;
  }

  get status(): string {
    return this.room.connection.status;
  }

  network(online: boolean): void {
    this.#tellNetwork(online);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Until the hello of the next connection. */
  async hello(): Promise<Frame["payload"]> {
    const before = this.socket.readyState === 0 ? this.sockets.length - 1 : this.sockets.length;
    for (let i = 0; this.sockets.length === before && i < 10; i++) await this.pass(1);
    this.socket.open();
    await this.pass(0);
    return this.socket.of("hello")[0];
  }

  /** Until it is live at rev 1. */
  static async live(options: Partial<RoomOptions<typeof board>> = {}, welcome: Partial<Welcome> = {}): Promise<Script> {
    const script = new Script(options);
    await script.pass(0);
    await script.hello();
    script.socket.welcome(welcome);
    script.socket.snapshot(1);
    if (script.status !== "live") throw new Error(`it is ${script.status}`);
    return script;
  }

  /** The connection is lost; until the hello of the next one. */
  async again(): Promise<Frame["payload"]> {
    this.socket.end();
    return this.hello();
  }
}
