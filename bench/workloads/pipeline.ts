/** A closed loop: as fast as commands become ops, for what a room can take. From: workloads C, R, B and N. */
import type { Client } from "../load/client.ts";
import type { Observer } from "../load/observer.ts";

/** SPEC HELLO-4: a client keeps no more than `pendingMax` (256) open. */
const openCommandsMax = 250;

/** A fleet, or one client of it and its observer. */
interface Loop {
  /** The first one reads. */
  readonly clients: readonly Client[];
  readonly observer: Observer;
}

export class Pipeline {
  sent = 0;
  readonly #loop: Loop;
  readonly #count: number;
  readonly #send: (i: number) => void;
  readonly #openMax: number;
  readonly #seenBefore: number;
  readonly #done = Promise.withResolvers<void>();
  #isStopped = false;

  /** `send` is called with 0, 1, 2 …, `count` times at most, whenever there is room for one more. Nobody else may write. */
  constructor(loop: Loop, count: number, send: (i: number) => void, openMax = openCommandsMax) {
    this.#loop = loop;
    this.#count = count;
    this.#send = send;
    this.#openMax = openMax;
    this.#seenBefore = loop.observer.ops;
    reading(loop).reader = (read) => {
      loop.observer.read(read);
      this.#topUp();
    };
    this.#topUp();
  }

  /** All `count` of them are ops. Rejects if the observer is cut off. */
  async done(): Promise<void> {
    const watch = setInterval(() => {
      if (reading(this.#loop).isClosed) this.#done.reject(new Error("the observer was cut off"));
    }, 100);
    await this.#done.promise.finally(() => clearInterval(watch));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #topUp(): void {
    const seen = this.#loop.observer.ops - this.#seenBefore;
    while (!this.#isStopped && this.sent < this.#count && this.sent - seen < this.#openMax) this.#send(this.sent++);
    if (seen >= this.#count) this.#done.resolve();
  }
}

function reading({ clients: [first] }: Loop): Client {
  if (first === undefined) throw new Error("nobody has joined");
  return first;
}
