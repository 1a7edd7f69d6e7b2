/**
 * `GET /metrics`, as Prometheus reads it. From: gateway/server.ts, which loads this only where there is an admin listener. To: inspect/admin.ts.
 * Nothing is counted here that is counted already: at a scrape, plain counters and what is there now are read. Only times are taken as they come, once per flush.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import manifest from "../../package.json";
import type { Room } from "../room/room.ts";
import { families } from "./families.ts";
import { processMetrics } from "./process.ts";

/** What is there at the moment of a scrape. */
export interface Present {
  readonly counts: Readonly<Record<string, number>>;
  readonly connections: Iterable<{ bufferedBytes(): number }>;
  readonly rooms: Iterable<Pick<Room, "state" | "sessions" | "owner" | "link">>;
}

const roomStates = ["loading", "open", "idle", "faulted", "quarantined", "closing", "closed"];
const sessionStates = ["new", "snapshot", "catchingUp", "live", "lagging", "stale"];

export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = families.map((family) => ({ family, metric: this.#counter(family.name, family.help, family.label) }));
  readonly #connections = this.#gauge("connections", "WebSocket connections now.");
  readonly #buffered = this.#gauge("ws_buffered_bytes", "Bytes that wait in this process for sockets to take them, over all connections.");
  readonly #rooms = this.#gauge("rooms", "Rooms that are loaded now.", "state");
  readonly #owned = this.#gauge("rooms_owned", "Rooms that this node decides for now.");
  readonly #followed = this.#gauge("rooms_followed", "Rooms that are loaded here, and that another node decides for now.");
  readonly #sessions = this.#gauge("sessions", "Clients that have a place in a room now, connected or not.", "state");
  readonly #acks = this.#histogram(
    "op_ack_seconds",
    "From the first decision in a batch until it is durable and told; one value per flush.",
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  readonly #commits = this.#histogram(
    "journal_commit_seconds",
    "An append, as a room waits for it; one value per flush.",
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  readonly #follows = this.#histogram(
    "follow_lag_seconds",
    "From an op's time stamp, by the clock of the node that decided it, until it is told on this one, by its clock; one value per batch, of its first op.",
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );
  readonly #lag = this.#histogram(
    "loop_lag_seconds",
    "How late a timer fired; ten values per second.",
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  );

  constructor() {
    this.#gauge("info", "The version that runs.", "version").set({ version: manifest.version }, 1);
    processMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  told(ms: number): void {
    this.#acks.observe(ms / 1_000);
  }

  /** Where this node's clock is behind the other's, that can be below 0. */
  followed(ms: number): void {
    this.#follows.observe(Math.max(0, ms) / 1_000);
  }

  committed(ms: number): void {
    this.#commits.observe(ms / 1_000);
  }

  lagged(ms: number): void {
    this.#lag.observe(ms / 1_000);
  }

  scrape({ counts, connections, rooms }: Present): Promise<string> {
    for (const { family, metric } of this.#counters) {
      metric.reset();
      for (const [value, count] of family.values(counts)) metric.inc(family.label === undefined ? {} : { [family.label]: value }, count);
    }
    let connected = 0;
    let bufferedBytes = 0;
    for (const connection of connections) {
      connected++;
      bufferedBytes += connection.bufferedBytes();
    }
    this.#connections.set(connected);
    this.#buffered.set(bufferedBytes);
    const perRoom = new Map(roomStates.map((state) => [state, 0]));
    const perSession = new Map(sessionStates.map((state) => [state, 0]));
    let owned = 0;
    let followed = 0;
    for (const room of rooms) {
      add(perRoom, room.state);
      if (room.owner !== undefined) owned++;
      if (room.link !== undefined) followed++;
      for (const session of room.sessions) add(perSession, session.state);
    }
    this.#owned.set(owned);
    this.#followed.set(followed);
    for (const [state, count] of perRoom) this.#rooms.set({ state }, count);
    for (const [state, count] of perSession) this.#sessions.set({ state }, count);
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, label: string | undefined): Counter {
    return new Counter({ name, help, labelNames: label === undefined ? [] : [label], registers: [this.#registry] });
  }

  #gauge(name: string, help: string, label?: string): Gauge {
    return new Gauge({ name: `quorate_${name}`, help, labelNames: label === undefined ? [] : [label], registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `quorate_${name}`, help, buckets, registers: [this.#registry] });
  }
}

const add = (counts: Map<string, number>, state: string): void => void counts.set(state, (counts.get(state) ?? 0) + 1);
