/** Nodes that note what they are told, and a clock that can stand still for one of them. */
import type { Clock } from "../../src/clock.ts";
import type { ClusterNet, NetEvents, NodeCard, NodeId } from "../../src/cluster/port.ts";
import type { RoomName } from "../../src/journal/port.ts";

export const card: NodeCard = { types: { meeting: 1 }, draining: false };

export interface Listener {
  readonly events: NetEvents;
  /** `card b`, `lost b`, `gone b`, `back`, `b says 1`, `b says 1 in room`. */
  readonly told: string[];
}

/** `also`: what a handler does beside noting. */
export function listener(also: (what: string) => void = () => undefined): Listener {
  const told: string[] = [];
  const note = (what: string) => {
    told.push(what);
    also(what);
  };
  const events: NetEvents = {
    onMessage: (from, { text }) => note(`${from} says ${text}`),
    onRoomMessage: (room: RoomName, from, { text }) => note(`${from} says ${text} in ${room}`),
    onLost: (node: NodeId) => note(`lost ${node}`),
    onGone: (node) => note(`gone ${node}`),
    onCard: (node) => note(`card ${node}`),
    onBack: () => note("back"),
  };
  return { events, told };
}

export const say = (net: ClusterNet, to: NodeId, ...texts: readonly (string | number)[]): void => {
  for (const text of texts) net.send(to, { kind: "say", text });
};

/** One process's: while it is paused, nothing fires; afterwards everything that came due does, at once. */
export class PausableClock implements Clock {
  readonly #world: Clock;
  #waiting: (() => void)[] | undefined;

  constructor(world: Clock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now();
  }

  monotonic(): number {
    return this.#world.monotonic();
  }

  setTimer(ms: number, fire: () => void): () => void {
    let isCancelled = false;
    const run = () => void (isCancelled || fire());
    const cancel = this.#world.setTimer(ms, () => (this.#waiting === undefined ? run() : this.#waiting.push(run)));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  pause(): void {
    this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const run of waiting) run();
  }
}
