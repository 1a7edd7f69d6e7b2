/** A network between clients and a real room, on a virtual clock: frames take the time that the test says, and connections can be cut. */
import type { ClientSocket, Network } from "../../src/client/link.ts";
import { arrive } from "../../src/room/arrivals.ts";
import type { Room } from "../../src/room/room.ts";
import type { Session, Socket } from "../../src/sync/session.ts";
import type { VirtualClock } from "../../src/testing/clock.ts";
import type { Frame } from "./client.ts";

export interface WireOptions {
  readonly clock: VirtualClock;
  /** The room that a connection reaches now; none: the server is away. */
  readonly room: () => Room | undefined;
  readonly user: string;
  readonly role?: string;
  /** ms that the next frame takes, either way. Order is kept. */
  readonly delayMs: () => number;
  /** What a frame of the server becomes on its way; none: it is lost. */
  readonly tamper?: (text: string) => string | undefined;
}

/** One client's sockets, one after the other. `publish` is how the room's topics reach it. */
export class Wire {
  readonly #options: WireOptions;
  /** All frames that the client got. */
  readonly heard: Frame[] = [];
  readonly said: Frame[] = [];
  #end: End | undefined;
  isOnline = true;
  #changed: (online: boolean) => void = () => undefined;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  readonly network: Network = {
    isOnline: () => this.isOnline,
    watch: (changed) => {
      this.#changed = changed;
      return () => undefined;
    },
  };

  readonly socket = (): ClientSocket => {
    const end = new End(this.#options, this.heard, this.said);
    this.#end = end;
    return end.client;
  };

  publish(topic: string, frame: string): void {
    this.#end?.publish(topic, frame);
  }

  /** Both sides find out after a while; what is under way is lost. */
  cut(): void {
    this.#end?.cut();
  }

  setOnline(online: boolean): void {
    this.isOnline = online;
    if (!online) this.cut();
    this.#changed(online);
  }
}

class End implements Socket {
  readonly client: ClientSocket;
  readonly #options: WireOptions;
  readonly #heard: Frame[];
  readonly #said: Frame[];
  readonly #topics = new Set<string>();
  #room: Room | undefined;
  #session: Session | undefined;
  #isCut = false;
  #closed = false;
  #upAtMs = 0;
  #downAtMs = 0;

  constructor(options: WireOptions, heard: Frame[], said: Frame[]) {
    this.#options = options;
    this.#heard = heard;
    this.#said = said;
    const end = this;
    this.client = {
      get readyState() {
        return end.#state;
      },
      send: (text) => this.#up(text),
      close: () => this.#gone(1000),
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    };
    this.#later("down", () => {
      this.#room = options.room();
      if (this.#room === undefined) return this.#gone(1006);
      this.#state = 1;
      this.client.onopen?.();
    });
  }
  #state = 0;

  // --- what the server sees ---

  send(frame: string): boolean {
    if (this.#closed) return false;
    this.#down(frame);
    return true;
  }
  subscribe(topic: string): void {
    this.#topics.add(topic);
  }
  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
  }
  bufferedBytes(): number {
    return 0;
  }
  close(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#topics.clear();
    this.#later("down", () => this.#gone(code));
  }
  publish(topic: string, frame: string): void {
    if (this.#topics.has(topic)) this.#down(frame);
  }

  // --- the way ---

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#options.clock.setTimer(this.#options.delayMs(), () => this.#lost());
    this.#options.clock.setTimer(this.#options.delayMs(), () => this.#gone(1006));
  }

  #lost(): void {
    this.#topics.clear();
    this.#closed = true;
    if (this.#session !== undefined) this.#room?.sessions.lost(this.#session, this);
  }

  #gone(code: number): void {
    if (this.#state === 3) return;
    this.#state = 3;
    this.#options.clock.setTimer(0, () => this.client.onclose?.({ code, reason: "" }));
    if (code === 1000 || code === 1006) this.#options.clock.setTimer(this.#options.delayMs(), () => this.#lost());
  }

  #later(way: "up" | "down", run: () => void): void {
    const { clock, delayMs } = this.#options;
    const at = Math.max(way === "up" ? this.#upAtMs : this.#downAtMs, clock.monotonic() + delayMs());
    if (way === "up") this.#upAtMs = at;
    else this.#downAtMs = at;
    clock.setTimer(at - clock.monotonic(), run);
  }

  #down(frame: string): void {
    this.#later("down", () => {
      const text = this.#options.tamper === undefined ? frame : this.#options.tamper(frame);
      if (this.#isCut || this.#state !== 1 || text === undefined) return;
      this.#heard.push(JSON.parse(text) as Frame);
      this.client.onmessage?.({ data: text });
    });
  }

  #up(text: string): void {
    this.#later("up", () => {
      if (this.#isCut || this.#closed) return;
      const frame = JSON.parse(text) as Frame;
      this.#said.push(frame);
      this.#take(frame);
    });
  }

  #take({ type, payload }: Frame): void {
    const room = this.#room;
    if (room === undefined) return;
    const { user, role = "member" } = this.#options;
    if (type === "hello")
      room.whenServing(() => {
        if (this.#closed || this.#isCut) return;
        arrive(room, {
          identity: { user, name: user, role },
          expiresAt: undefined,
          hello: payload,
          socket: this,
          proven: payload.resume === `${user}-${payload.client}`,
          resumeSecret: `${user}-${payload.client}`,
          isGone: () => false,
          onSession: (session) => {
            this.#session = session;
          },
        });
      });
    const session = this.#session;
    if (session === undefined || session.socket !== this) return;
    if (type === "command") room.ingress.command(session, payload.seq, payload.event, 100);
    else if (type === "ping") room.ingress.ping(session, payload.rev);
    else if (type === "resync") room.ingress.resync(session, payload.reason);
    else if (type === "presence") room.ingress.presence(session, payload.state, 100);
    else if (type === "bye") room.sessions.bye(session);
  }
}
