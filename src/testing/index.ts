/** `quorate/testing`: for tests of apps. */
export { VirtualClock } from "./clock.ts";
export { random } from "./random.ts";
export { type SimulateOptions, type Simulation, simulate } from "./simulate.ts";
