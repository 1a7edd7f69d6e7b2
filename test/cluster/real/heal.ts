/** How long a room was away for its clients: from a fault on, what they get acknowledged of what they gave after it. From: faults.ts, clerk.ts by way of world.ts. */
import { eventually } from "../../support/eventually.ts";

export class Heal {
  readonly #clients: readonly string[];
  readonly #startMs = performance.now();
  /** By client, from the fault to its first one. */
  readonly #firstMs = new Map<string, number>();
  #lastMs = this.#startMs;
  #silenceMs = 0;
  #isOver = false;

  constructor(clients: readonly string[]) {
    this.#clients = clients;
  }

  /** `sentMs`: when the command was given, by `performance.now()`. What was given before may have been decided before. */
  accepted(client: string, sentMs: number): void {
    if (sentMs < this.#startMs) return;
    const now = performance.now();
    this.#silenceMs = this.silenceMs;
    this.#lastMs = now;
    if (!this.#firstMs.has(client)) this.#firstMs.set(client, now - this.#startMs);
  }

  /** Until the first client was acknowledged something; `undefined`: none was. */
  get firstMs(): number | undefined {
    return this.#firstMs.size === 0 ? undefined : Math.min(...this.#firstMs.values());
  }

  /** Until each of them was. */
  get allMs(): number | undefined {
    return this.#firstMs.size < this.#clients.length ? undefined : Math.max(...this.#firstMs.values());
  }

  /** The longest time in which nobody was acknowledged anything. */
  get silenceMs(): number {
    return this.#isOver ? this.#silenceMs : Math.max(this.#silenceMs, performance.now() - this.#lastMs);
  }

  /** What is acknowledged from now on is another fault's matter. */
  end(): void {
    this.#silenceMs = this.silenceMs;
    this.#isOver = true;
  }

  first(timeoutMs: number): Promise<void> {
    return eventually(() => this.firstMs !== undefined, "somebody's command to be acknowledged", timeoutMs);
  }

  all(timeoutMs: number): Promise<void> {
    const waiting = () => this.#clients.filter((client) => !this.#firstMs.has(client)).join(", ");
    return eventually(() => this.allMs !== undefined, "a command of each client to be acknowledged", timeoutMs).catch((error: unknown) => {
      throw new Error(`${waiting()}: nothing acknowledged`, { cause: error });
    });
  }
}
