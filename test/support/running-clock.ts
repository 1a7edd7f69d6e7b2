/** A virtual clock that nobody has to move. */
import { VirtualClock } from "../../src/testing/clock.ts";

/** Its time goes by itself, a millisecond per turn of the event loop. */
export class RunningClock extends VirtualClock {
  #isOver = false;

  async run(): Promise<void> {
    while (!this.#isOver) await this.advance(1);
  }

  stop(): void {
    this.#isOver = true;
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(ms, resolve));
  }
}
