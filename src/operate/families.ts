/**
 * The server's plain counters (gateway/counters.ts) as metrics: which names, which labels. From: metrics.ts, at each scrape.
 * A label's values come from closed sets; anything else would be one value more, `other`, never a series of its own.
 */
import { journalAlarmCodes, journalErrorCodes } from "../journal/port.ts";
import { errorCodes, refusalCodes } from "../protocol/codes.ts";
import { snapshotReasons } from "../protocol/frames.ts";
import { resyncReasons } from "../protocol/messages.ts";
import { roomAlarmCodes } from "../room/room-options.ts";

type Counts = Readonly<Record<string, number>>;

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly label: string | undefined;
  /** By the label's value; "" without one. */
  values(counts: Counts): ReadonlyMap<string, number>;
}

export const families: readonly Family[] = [
  {
    name: "quorate_ops_total",
    help: "Applied: ops that are durable and told (commands, joins, leaves, timers, results). Refused: commands. Duplicate: commands that came again.",
    label: "result",
    values: (counts) =>
      new Map([
        ["applied", counts["ops"] ?? 0],
        ["refused", sum(under(counts, "refused."))],
        ["duplicate", counts["duplicates"] ?? 0],
      ]),
  },
  counter("flushes_total", "Batches that became durable and were told, each in one frame per audience.", "deltas"),
  labelled("refused_total", "Commands that a room refused.", "code", "refused.", refusalCodes),
  counter("joins_refused_total", "Hellos that a room's machine refused.", "joinsRefused"),
  labelled("journal_errors_total", "Calls of the journal that failed; conflict: another writer was faster.", "code", "journalErrors.", [
    ...journalErrorCodes,
    "conflict",
  ]),
  labelled("alarms_total", "Alarms, as the log tells them.", "code", "alarms.", [
    ...new Set([...roomAlarmCodes, ...journalAlarmCodes, "server"]),
  ]),
  counter("epoch_changes_total", "Rooms that began a new epoch under their clients, since history was lost.", "alarms.epoch"),
  counter("rooms_claimed_total", "Rooms that this node has taken, to decide for them.", "cluster.claimed"),
  counter("owners_lost_total", "Rooms that this node followed when whoever decided for them went, or was lost.", "cluster.ownersLost"),
  counter("nodes_gone_total", "Other nodes that stopped, or were not heard of for too long.", "cluster.nodesGone"),
  counter("away_total", "Times that this node was cut off or stood still for so long that it may have been held for gone.", "cluster.back"),
  counter("ops_followed_total", "Ops of other nodes that were told here.", "opsFollowed"),
  counter("connections_total", "WebSocket connections that were taken.", "connections"),
  labelled("upgrades_refused_total", "Requests that did not become a connection.", "status", "upgradesRefused.", [
    ...["400", "403", "404", "426", "429", "503"],
  ]),
  labelled("bad_frames_total", "Frames without any effect; transport: Bun closed the connection for one.", "code", "badFrames.", [
    ...errorCodes,
    "transport",
  ]),
  labelled("rate_limited_total", "What came too often, or to a batch that was full.", "kind", "rateLimited.", [
    ...["command", "presence", "resync", "ping", "settled", "join", "token", "batch"],
  ]),
  labelled("resync_total", "Resyncs that clients asked for, granted or not.", "reason", "resyncs.", resyncReasons),
  counter("gap_detected_total", "Resyncs that clients asked for since they had missed a rev.", "resyncs.gap"),
  labelled("resumes_total", "How hellos were served: resumed by a delta, or with a snapshot for that reason.", "outcome", "resume.", [
    "resumed",
    ...snapshotReasons,
  ]),
  labelled("snapshots_total", "Snapshots that were sent to clients.", "reason", "snapshot.", snapshotReasons),
  counter("lagging_total", "Sessions that fell behind and were taken out of the fan-out until they had caught up.", "lagging"),
  counter("heartbeats_missed_total", "Connections that did not answer a ping in time.", "heartbeatsMissed"),
  counter("connections_replaced_total", "Connections that made way for a newer one of the same client.", "replaced"),
  counter("ws_dropped_total", "Frames to single clients that their socket did not take: it was over its limit, or gone.", "dropped"),
];

function counter(name: string, help: string, from: string): Family {
  return { name: `quorate_${name}`, help, label: undefined, values: (counts) => new Map([["", counts[from] ?? 0]]) };
}

function labelled(name: string, help: string, label: string, prefix: string, known: readonly string[]): Family {
  return {
    name: `quorate_${name}`,
    help,
    label,
    values(counts) {
      const values = new Map(known.map((value) => [value, 0]));
      for (const [value, count] of under(counts, prefix)) {
        const shown = known.includes(value) ? value : "other";
        values.set(shown, (values.get(shown) ?? 0) + count);
      }
      return values;
    },
  };
}

const under = (counts: Counts, prefix: string): [string, number][] =>
  Object.entries(counts).flatMap(([name, count]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), count]] : []));
const sum = (counts: readonly (readonly [string, number])[]): number => counts.reduce((total, [, count]) => total + count, 0);
