/** What the harness tells a load process, and what that tells back: one JSON text each. */

/** A server, or one node of several. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Where it tells its counters, if it does. */
  readonly statsPort: number | undefined;
}

export interface Job {
  readonly workload: string;
  /** The server's name, for people. */
  readonly server: string;
  /** The dialect's module, from bench/. */
  readonly dialect: string;
  /** One server; or the nodes that serve the same rooms. */
  readonly nodes: readonly [ServerProcess, ...ServerProcess[]];
  /** The nats-servers behind them, where there are any. */
  readonly natsPids: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Divides the number of clients: for a smoke run. */
  readonly shrink: number;
  /** What Quorate sent under this workload: the floor sends the same. */
  readonly given: Given | undefined;
}

export interface Given {
  readonly framesPerSecond: number;
  readonly frameBytes: number;
  readonly opsPerFrame: number;
}

export interface Outcome {
  readonly metrics: Readonly<Record<string, number>>;
  /** What makes the run fail: a gap, ops that never came, a complaint of the server. */
  readonly problems: readonly string[];
  /** The server was asked for more than it can: what it did all the same counts, but it did not keep up. */
  readonly isOverloaded?: boolean;
  /** What a reader has to know of it. */
  readonly notes: readonly string[];
  /** Of one core, in the measured span. */
  readonly generatorShare: number;
}
