/**
 * Turns at the group commit: so many rooms may decide what the next commit is to hold, the others keep their commands unread and follow in order.
 * From: sqlite.ts, for the rooms (`Journal.ready`). Nobody has to give a turn back: whoever has nothing to write, or never comes, holds up no one for long.
 */
export class Turns {
  readonly #perCommit: number;
  readonly #isWriting: () => boolean;
  /** Rooms that were let go on since the last commit began. */
  #going = 0;
  #waiting: (() => void)[] = [];
  #isPassing = false;

  /** `isWriting`: `next` will be called, when what is under way is done at the latest. */
  constructor(perCommit: number, isWriting: () => boolean) {
    this.#perCommit = perCommit;
    this.#isWriting = isWriting;
  }

  /** `undefined`: go on. */
  ready(): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#going < this.#perCommit) {
      this.#going++;
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (!this.#isWriting()) this.next();
    return promise;
  }

  /**
   * A commit has begun, or none is under way: the next ones have their turn, after a look at the sockets. From one commit to the next
   * the event loop would not come round, and what has come goes out with these.
   */
  next(): void {
    if (this.#waiting.length === 0) this.#going = 0;
    if (this.#waiting.length === 0 || this.#isPassing) return;
    this.#isPassing = true;
    setImmediate(() => {
      this.#isPassing = false;
      const next = this.#waiting.splice(0, this.#perCommit);
      this.#going = next.length;
      for (const begin of next) begin();
      if (this.#waiting.length > 0 && !this.#isWriting()) this.next(); // perhaps these have nothing to write
    });
  }
}
