/**
 * What was recorded, on its way to whoever watches: a ring of the newest messages, small batches. From: recorder.ts. To: watchers, none of whom can harm another.
 * Watchers encode; what JSON cannot carry is found when one of them fails on it, so that recording never pays for it.
 */
import type { Clock } from "../clock.ts";
import type { InspectMessage } from "./messages.ts";

export interface Watching {
  /** All of them; where it throws, none. */
  send(messages: readonly InspectMessage[]): void;
}

export interface BroadcastOptions {
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
  /** Once a message. It goes to nobody. */
  readonly onUnsendable: (message: InspectMessage, error: unknown) => void;
}

const ringMax = 4_096;
const batchEveryMs = 50;
/** Watchers are sent no longer arrays at once. */
const batchMax = 500;

export class Broadcast {
  readonly #options: BroadcastOptions;
  readonly #watchers = new Set<Watching>();
  #ring: InspectMessage[] = [];
  /** Where the next one goes once the ring is full. */
  #next = 0;
  #pending: InspectMessage[] = [];
  #cancelBatch: (() => void) | undefined;
  readonly #unsendable = new WeakSet<InspectMessage>();

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  /** Into the ring, and to everyone who watches. */
  emit(message: InspectMessage): void {
    if (this.#ring.length < ringMax) this.#ring.push(message);
    else {
      this.#ring[this.#next] = message;
      this.#next = (this.#next + 1) % ringMax;
    }
    if (this.#watchers.size === 0) return;
    this.#pending.push(message);
    if (this.#pending.length >= batchMax) this.flush();
    else this.#cancelBatch ??= this.#options.clock.setTimer(batchEveryMs, () => this.flush());
  }

  /** The newest that there were, oldest first. */
  get past(): readonly InspectMessage[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** Tells `first`, then what happens. Returns how to stop. */
  watch(watcher: Watching, first: readonly InspectMessage[]): () => void {
    const sendable = first.filter((message) => !this.#unsendable.has(message));
    for (let from = 0; from < sendable.length; from += batchMax) this.#tell(watcher, sendable.slice(from, from + batchMax));
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** What waits for the next batch goes out now. */
  flush(): void {
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    const messages = this.#pending;
    this.#pending = [];
    for (const watcher of this.#watchers) this.#tell(watcher, messages);
  }

  stop(): void {
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    this.#pending = [];
    this.#ring = [];
    this.#next = 0;
  }

  #tell(watcher: Watching, messages: readonly InspectMessage[]): void {
    if (messages.length === 0) return;
    try {
      watcher.send(messages);
    } catch (error) {
      const sendable = messages.filter((message) => this.#isSendable(message));
      if (sendable.length < messages.length) this.#tell(watcher, sendable);
      else this.#options.onTrouble(error);
    }
  }

  #isSendable(message: InspectMessage): boolean {
    if (this.#unsendable.has(message)) return false;
    try {
      JSON.stringify(message);
      return true;
    } catch (error) {
      this.#unsendable.add(message);
      this.#options.onUnsendable(message, error);
      return false;
    }
  }
}
