/** One client that sends as fast as its commands become ops: a closed loop, for what a room can take. From: workloads C, R and B. */
import type { Client } from "../load/client.ts";
import type { Fleet } from "../load/fleet.ts";

/** SPEC HELLO-4: a client keeps no more than `pendingMax` (256) open. */
const openMax = 250;

export class Pipeline {
  sent = 0;
  readonly #fleet: Fleet;
  readonly #count: number;
  readonly #send: (i: number) => void;
  readonly #seenBefore: number;
  readonly #done = Promise.withResolvers<void>();
  #isStopped = false;

  /** `send` is called with 0, 1, 2 …, `count` times at most, whenever there is room for one more. Nobody else may write. */
  constructor(fleet: Fleet, count: number, send: (i: number) => void) {
    this.#fleet = fleet;
    this.#count = count;
    this.#send = send;
    this.#seenBefore = fleet.observer.ops;
    reading(fleet).reader = (read) => {
      fleet.observer.read(read);
      this.#topUp();
    };
    this.#topUp();
  }

  /** All `count` of them are ops. Rejects if the observer is cut off. */
  async done(): Promise<void> {
    const watch = setInterval(() => {
      if (reading(this.#fleet).isClosed) this.#done.reject(new Error("the observer was cut off"));
    }, 100);
    await this.#done.promise.finally(() => clearInterval(watch));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #topUp(): void {
    const seen = this.#fleet.observer.ops - this.#seenBefore;
    while (!this.#isStopped && this.sent < this.#count && this.sent - seen < openMax) this.#send(this.sent++);
    if (seen >= this.#count) this.#done.resolve();
  }
}

function reading({ clients: [first] }: Fleet): Client {
  if (first === undefined) throw new Error("nobody has joined");
  return first;
}
