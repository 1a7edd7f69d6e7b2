/** /livez and /readyz, for supervisors, load balancers and people. From: pages.ts. Both answer JSON, and more fields may come. */
import type { Clock } from "../clock.ts";
import type { ClusterNet } from "../cluster/port.ts";
import type { Journal } from "../journal/port.ts";
import type { LoopLag } from "../operate/loop-lag.ts";
import { journalCode } from "../operate/measured-journal.ts";

export interface HealthOptions {
  readonly isDraining: () => boolean;
  readonly journal: Journal;
  /** Not there: this node is alone. */
  readonly net?: Pick<ClusterNet, "others" | "isAway"> | undefined;
  readonly clock: Clock;
  readonly lag: LoopLag;
}

/** Whether a load balancer should send clients here. */
interface Readiness {
  readonly ready: boolean;
  /** `ok`, or `failing: <code>`; codes are a `JournalError`'s, `timeout`, and `other`. */
  readonly journal: string;
  readonly draining: boolean;
  /** Where several nodes share the journal. */
  readonly cluster?: {
    /** Other nodes that this one sees; if it is cut off, that it last saw. */
    readonly others: number;
    /** What it sends does not even come back to itself: others may take its rooms, and it would not know. */
    readonly cutOff: boolean;
  };
}

/** A probe of the journal is a real write: one at a time, and not more often than this. */
const probeEveryMs = 1_000;
const probeMsMax = 2_000;

export function healthRoutes({ isDraining, journal, net, clock, lag }: HealthOptions) {
  const probeOf = probing(journal, clock);
  const readiness = async (): Promise<Readiness> => {
    const found = await probeOf();
    const draining = isDraining();
    const alone = { ready: found === "ok" && !draining, journal: found, draining };
    if (net === undefined) return alone;
    const cutOff = net.isAway;
    return { ...alone, ready: alone.ready && !cutOff, cluster: { others: net.others.size, cutOff } };
  };
  return {
    "/livez": {
      GET: () => answer(200, { live: true, loopLagMs: rounded(lag.nowMs), loopLagMsMax: rounded(lag.maxMs) }),
    },
    "/readyz": {
      GET: async () => {
        const found = await readiness();
        return answer(found.ready ? 200 : 503, found);
      },
    },
  };
}

function probing(journal: Journal, clock: Clock): () => Promise<string> {
  let askedAtMs = -Infinity;
  let newest: Promise<string> = Promise.resolve("ok");
  let underWay = false;
  return () => {
    if (underWay || clock.monotonic() - askedAtMs < probeEveryMs) return newest;
    askedAtMs = clock.monotonic();
    underWay = true;
    const probe = journal.probe().then(
      () => "ok",
      (error: unknown) => `failing: ${journalCode(error)}`,
    );
    void probe.then(() => {
      underWay = false;
    });
    newest = within(clock, probeMsMax, probe);
    return newest;
  };
}

/** A disk that hangs must not make this hang, too. */
function within(clock: Clock, ms: number, probe: Promise<string>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const cancel = clock.setTimer(ms, () => resolve("failing: timeout"));
  void probe.then((found) => {
    cancel();
    resolve(found);
  });
  return promise;
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
const answer = (status: number, body: object): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" } });
