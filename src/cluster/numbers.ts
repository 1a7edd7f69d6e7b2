/**
 * The messages between this node and another are numbered, each way by itself: 1, 2, 3 … So both learn of what got lost, and once of each loss.
 * From: net.ts. Counts only; who is told is decided there.
 */
export class Numbers {
  #sent = 0;
  #got = 0;
  /** Of what was sent up to here, any loss has been told. */
  #settled = 0;
  /** What was got when the last beat said otherwise. */
  #doubted: number | undefined;

  /** The last number that was sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The last number that was got, or that is known to be lost. */
  get got(): number {
    return this.#got;
  }

  next(): number {
    return ++this.#sent;
  }

  /** Where a message has its place: `late` ones are of no use any more; before one that is `early`, others were lost. */
  take(number: number): "next" | "early" | "late" {
    if (number <= this.#got) return "late";
    const isNext = number === this.#got + 1;
    this.#got = number;
    return isNext ? "next" : "early";
  }

  /** Is something lost, if the other one says that it has sent so many? The last may be under way: two beats have to say so, and nothing come between them. */
  isBehind(sent: number): boolean {
    const wasDoubted = this.#doubted === this.#got;
    this.#doubted = sent === this.#got ? undefined : this.#got;
    return wasDoubted && this.#doubted !== undefined;
  }

  goOnFrom(got: number): void {
    this.#got = got;
  }

  /** Losses up to now are told. */
  settle(): void {
    this.#settled = this.#sent;
  }

  /** The other one misses what was sent up to `upTo`, or some of it. Not news if that loss was noticed on this side, too. */
  isNews(upTo: number): boolean {
    return upTo > this.#settled;
  }
}
