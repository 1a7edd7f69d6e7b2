/** One answer at a time, and only the newest question counts. From: travel.ts, op-at.ts. */

export interface LatestHooks<K, V> {
  fetch(key: K, signal: AbortSignal): Promise<V>;
  onAnswer(key: K, value: V): void;
  onFailure(key: K, error: unknown): void;
}

export class Latest<K, V> {
  readonly #hooks: LatestHooks<K, V>;
  #running: AbortController | undefined;
  #next: { readonly key: K } | undefined;

  constructor(hooks: LatestHooks<K, V>) {
    this.#hooks = hooks;
  }

  /** `waits`: what is being fetched may end first, as while a slider is dragged; of those that wait, the newest is fetched. */
  ask(key: K, waits: boolean): void {
    if (waits && this.#running !== undefined) {
      this.#next = { key };
      return;
    }
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.#hooks.fetch(key, running.signal).then(
      (value) => this.#ended(running, () => this.#hooks.onAnswer(key, value)),
      (error: unknown) => this.#ended(running, () => this.#hooks.onFailure(key, error)),
    );
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#next = undefined;
  }

  /** What was stopped has no answer. */
  #ended(running: AbortController, tell: () => void): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    const next = this.#next;
    this.#next = undefined;
    tell();
    if (next !== undefined && this.#running === undefined) this.ask(next.key, false);
  }
}
