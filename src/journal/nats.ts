/**
 * A journal on NATS JetStream, for rooms on many machines. From: an app's configuration. To: nats-journal.ts, which is loaded only when this is called,
 * so who stores elsewhere never loads NATS.
 */
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import type { Clock } from "../clock.ts";
import type { JournalFactory } from "./port.ts";
import type { Retention } from "./retention.ts";

export interface NatsOptions extends Partial<Retention> {
  /** `host:port` or `nats://host:port`; several are servers of one cluster. 2.11 or newer, with JetStream. */
  readonly servers: string | readonly string[];
  /** What the streams' names and all subjects begin with, so that deployments can share a server. Default `quorate`. */
  readonly prefix?: string;
  /** Copies of each stream. Default: 3 in a cluster, 1 on a single server; where the streams are there already, what they have. */
  readonly replicas?: number;
  /** How long one request to NATS may take. A call makes a few of them, and rejects with `io` at the first that gets no answer. Default 5,000. */
  readonly timeoutMs?: number;
  /** Everything else about the connection, as `@nats-io/transport-node` takes it: `user`, `pass`, `token`, `tls`, `authenticator`. */
  readonly connection?: Omit<NodeConnectionOptions, "servers">;
  /** For tests. */
  readonly clock?: Clock;
}

/** `journal: nats({ servers: "127.0.0.1:4222" })`. Rejects at the start if the server is too old, has no JetStream, or has streams that would lose data. */
export const nats =
  (options: NatsOptions): JournalFactory =>
  async (deps) => {
    const { startNats } = await import("./nats-journal.ts");
    return startNats(options, deps);
  };
