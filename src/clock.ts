/** Time as everything here sees it. The real one is made in composition roots only; tests and the simulator bring their own. */
export interface Clock {
  /** Wall clock, ms since the Unix epoch. May jump. */
  now(): number;
  /** Never goes back; ms from an arbitrary start. Durations are measured on it. */
  monotonic(): number;
  /** Runs `fire` once, after `ms`; returns how to cancel. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** setTimeout's longest delay; anything longer would fire at once. */
export const timerMsMax = 2 ** 31 - 1;

/** @public For composition roots. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, Math.min(ms, timerMsMax));
    return () => clearTimeout(timer);
  },
};
