/**
 * The connection to NATS, and whether what is there can be trusted with rooms. From: nats-journal.ts, nats-follow.ts. To: nats-streams.ts.
 * The library reconnects for ever; meanwhile each request runs into its timeout.
 */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type Clock, realClock } from "../clock.ts";
import type { NatsOptions } from "./nats.ts";
import { errorFrom, isOff } from "./nats-errors.ts";
import { type Names, namesUnder } from "./nats-names.ts";
import { ensureStreams } from "./nats-streams.ts";
import { type JournalAlarm, JournalError } from "./port.ts";

/** A server with our streams in it. */
export interface NatsStore {
  /** For people: `nats 127.0.0.1:4222 quorate`. */
  readonly label: string;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: Names;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Bodies that are bigger go in parts of this size. */
  readonly partBytes: number;
  close(): Promise<void>;
}

const versionMin = [2, 11, 0] as const;
/** Of the server's `max_payload`. Its default is 1 MiB. */
const payloadBytesMin = 64 * 1024;
/** For headers, and for the copy of a message that is kept when it is damaged. */
const headerBytesMax = 8 * 1024;
/** For the streams, at the start. */
const triesMax = 15;
const againMs = 250;
/** Twice of it without an answer, and the connection is given up and made anew. */
const pingEveryMs = 10_000;

export async function openStore(
  options: Pick<NatsOptions, "servers" | "prefix" | "replicas" | "timeoutMs" | "connection" | "clock">,
  onAlarm: (alarm: JournalAlarm) => void,
): Promise<NatsStore> {
  const { timeoutMs = 5_000, clock = realClock } = options;
  const names = namesUnder(options.prefix ?? "quorate");
  const servers = typeof options.servers === "string" ? [options.servers] : [...options.servers];
  const label = `nats ${servers.map(withoutSecrets).join(",")} ${names.prefix}`;
  const nc = await connect({
    name: `quorate ${names.prefix}`,
    timeout: timeoutMs,
    pingInterval: pingEveryMs,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    reconnectTimeWait: 250,
    ...options.connection,
    noEcho: false, // a node knows by its own beats that it is connected (cluster/net.ts)
    servers,
  }).catch((error: unknown) => {
    throw errorFrom(error, `${label}: cannot connect`);
  });
  try {
    const partBytes = checkServer(label, nc);
    const jsm = await managerOf(label, nc, timeoutMs);
    const hasty = await managerOf(label, nc, timeoutMs / 5);
    await patiently(clock, () => ensureStreams(label, hasty, names, options.replicas));
    void watchConnection(label, nc, onAlarm);
    return { label, nc, js: jetstream(nc, { timeout: timeoutMs }), jsm, names, timeoutMs, clock, partBytes, close: () => nc.close() };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** A stream that has just been made, by whichever node was first, is not known everywhere for a moment, or has no leader: then nobody answers for it. */
async function patiently(clock: Clock, ask: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === triesMax || !(error instanceof JournalError) || error.code !== "io") throw error;
    }
    await new Promise<void>((resolve) => void clock.setTimer(againMs, resolve));
  }
}

/** Bytes that a body may have. */
function checkServer(label: string, nc: NatsConnection): number {
  const { version = "", max_payload: payload = 0, headers = false } = nc.info ?? {};
  const numbers = version.split(/[.-]/).slice(0, 3).map(Number);
  const [major = 0, minor = 0] = numbers;
  if (Number.isNaN(major + minor) || major < versionMin[0] || (major === versionMin[0] && minor < versionMin[1]))
    throw new JournalError("unsupported", `${label}: nats-server ${version || "?"} is too old, ${versionMin.join(".")} or newer is needed`);
  if (!headers) throw new JournalError("unsupported", `${label}: the server does not take headers`);
  if (payload < payloadBytesMin)
    throw new JournalError("unsupported", `${label}: max_payload is ${payload}, at least ${payloadBytesMin} bytes are needed`);
  return Math.min(payload, 1024 * 1024) - headerBytesMax;
}

async function managerOf(label: string, nc: NatsConnection, timeout: number): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(nc, { timeout });
  } catch (error) {
    if (isOff(error))
      throw new JournalError(
        "unsupported",
        `${label}: JetStream is off; start nats-server with --jetstream, or enable it for this account`,
        {
          cause: error,
        },
      );
    throw errorFrom(error, `${label}: JetStream`);
  }
}

async function watchConnection(label: string, nc: NatsConnection, onAlarm: (alarm: JournalAlarm) => void): Promise<void> {
  let told = false;
  for await (const status of nc.status()) {
    if (status.type === "reconnect") told = false;
    if (status.type === "error") onAlarm({ code: "io", message: `${label}: ${status.error.message}` });
    if (status.type !== "disconnect" || told || nc.isClosed()) continue;
    told = true; // once, until it is there again
    onAlarm({ code: "io", message: `${label}: the connection is lost; no room can write until it is back` });
  }
}

/** An address may hold a user's password. */
const withoutSecrets = (server: string): string => server.replace(/^(\w+:\/\/)?[^@/]*@/, "$1");
