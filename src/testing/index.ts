/** `quorate/testing`: for tests of apps. */
export { type CheckOptions, checkMachine, type MachineReport } from "../check/check-machine.ts";
export type { Finding, FindingCode, PathStep } from "../check/finding.ts";
export { VirtualClock } from "./clock.ts";
export { random } from "./random.ts";
export { type SimulateOptions, type Simulation, simulate } from "./simulate.ts";
