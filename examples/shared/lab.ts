/** Stands between the room and its socket, so that the developer drawer can cut the network or slow it down. */
import type { ClientSocket } from "../../src/client/index.ts";
import { createStore, type Store } from "./store.ts";

export interface LabSettings {
  readonly cut: boolean;
  /** Of each way. */
  readonly latencyMs: number;
}
export interface Lab {
  readonly settings: Store<LabSettings>;
  /** For `RoomOptions.socket`. */
  readonly socket: (url: string) => ClientSocket;
}

export const latencyMsMax = 2_000;
/** RFC 6455 §7.1.5: closed without a close frame. */
const abnormal = 1006;

export function createLab(): Lab {
  const settings = createStore<LabSettings>({ cut: false, latencyMs: 0 });
  return { settings, socket: (url) => new LabSocket(url, settings) };
}

class LabSocket implements ClientSocket {
  onopen: ClientSocket["onopen"] = null;
  onmessage: ClientSocket["onmessage"] = null;
  onclose: ClientSocket["onclose"] = null;
  onerror: ClientSocket["onerror"] = null;
  readonly #real: WebSocket | undefined;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(url: string, settings: Store<LabSettings>) {
    const delay = () => settings.get().latencyMs;
    this.#up = new Lane(delay);
    this.#down = new Lane(delay);
    this.#unsubscribe = settings.subscribe(() => {
      if (settings.get().cut) this.#sever();
    });
    if (settings.get().cut) {
      setTimeout(() => this.#sever());
      return;
    }
    const real = new WebSocket(url);
    real.onopen = () => this.#down.push(() => this.onopen?.());
    real.onmessage = (event) => this.#down.push(() => this.onmessage?.(event));
    real.onerror = () => this.#down.push(() => this.onerror?.());
    real.onclose = (event) => this.#down.push(() => this.#end(event));
    this.#real = real;
  }

  get readyState(): number {
    return this.#closed ? WebSocket.CLOSED : (this.#real?.readyState ?? WebSocket.CONNECTING);
  }

  send(text: string): void {
    this.#up.push(() => {
      if (this.#real?.readyState === WebSocket.OPEN) this.#real.send(text);
    });
  }

  close(code?: number, reason?: string): void {
    this.#up.push(() => this.#real?.close(code, reason));
  }

  /** As if the cable were pulled: what is under way is lost, both ways. */
  #sever(): void {
    if (this.#closed) return;
    this.#up.clear();
    this.#down.clear();
    this.#real?.close();
    this.onerror?.();
    this.#end({ code: abnormal, reason: "" });
  }

  #end(close: { readonly code: number; readonly reason: string }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#up.clear();
    this.#down.clear();
    this.onclose?.(close);
  }
}

/** One way of the wire: everything arrives late, nothing overtakes. */
class Lane {
  readonly #delayMs: () => number;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #lastDueMs = 0;

  constructor(delayMs: () => number) {
    this.#delayMs = delayMs;
  }

  push(deliver: () => void): void {
    const nowMs = performance.now();
    const dueMs = Math.max(this.#lastDueMs, nowMs + this.#delayMs());
    this.#lastDueMs = dueMs;
    if (dueMs <= nowMs && this.#timers.size === 0) return deliver();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      deliver();
    }, dueMs - nowMs);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
