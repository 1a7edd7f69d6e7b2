/**
 * Our two streams: made where they are missing, refused where they are set up in a way that would lose rooms. From: nats-connect.ts.
 * Nothing of an existing stream is changed: whoever runs the server has a reason for it, or has to hear of it.
 */
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { errorFrom, isNoStream } from "./nats-errors.ts";
import type { Names } from "./nats-names.ts";
import { JournalError } from "./port.ts";

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects">;

const replicasInCluster = 3;
/** "replicas > 1 not supported in non-clustered mode". */
const notClustered = 10_074;
/** "no suitable peers for placement". */
const noPeers = 10_005;
const nameInUse = 10_058;

const common = {
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
  max_msg_size: -1,
  allow_direct: true,
  deny_delete: false,
  deny_purge: false,
} as const;

export async function ensureStreams(label: string, jsm: JetStreamManager, names: Names, replicas: number | undefined): Promise<void> {
  const ops: Wanted = {
    ...common,
    name: names.ops,
    subjects: [names.allOps, names.probe],
    discard: DiscardPolicy.New,
    max_msgs_per_subject: -1,
    // A probe takes the place of the one before.
    allow_rollup_hdrs: true,
    republish: { src: `${names.prefix}.ops.>`, dest: names.allLive },
  };
  const store: Wanted = { ...common, name: names.store, subjects: [names.allStored], max_msgs_per_subject: 1 };
  for (const wanted of [ops, store]) await ensure(label, jsm, wanted, replicas);
}

async function ensure(label: string, jsm: JetStreamManager, wanted: Wanted, replicas: number | undefined): Promise<void> {
  try {
    let there = await configOf(jsm, wanted.name);
    if (there === undefined) {
      await create(label, jsm, wanted, replicas);
      there = await configOf(jsm, wanted.name);
    }
    if (there === undefined) throw new JournalError("io", `${label}: the stream ${wanted.name} was made, and is not there`);
    const faults = faultsOf(there, wanted, replicas);
    if (faults.length > 0)
      throw new JournalError("unsupported", `${label}: the stream ${wanted.name} cannot hold rooms: ${faults.join("; ")}`);
  } catch (error) {
    throw errorFrom(error, `${label}: the stream ${wanted.name}`);
  }
}

async function configOf(jsm: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config;
  } catch (error) {
    if (isNoStream(error)) return undefined;
    throw error;
  }
}

async function create(label: string, jsm: JetStreamManager, wanted: Wanted, replicas: number | undefined): Promise<void> {
  try {
    await jsm.streams.add({ ...wanted, num_replicas: replicas ?? replicasInCluster });
  } catch (error) {
    const code = error instanceof JetStreamApiError ? error.code : 0;
    if (code === nameInUse) return; // another node was faster; what it made is looked at next
    if (code === notClustered && replicas === undefined) {
      await create(label, jsm, wanted, 1);
      return;
    }
    if (code === notClustered || code === noPeers)
      throw new JournalError(
        "unsupported",
        `${label}: ${replicas ?? replicasInCluster} copies of ${wanted.name} need as many servers in the cluster; start them, or say 'replicas'`,
        { cause: error },
      );
    throw error;
  }
}

/** What would lose rooms, or break what we rely on. Limits in bytes are fine: then the journal is full, and nothing is lost. */
function faultsOf(there: StreamConfig, wanted: Wanted, replicas: number | undefined): string[] {
  const faults: string[] = [];
  const mustBe = <K extends keyof Wanted>(key: K, isRight = there[key] === wanted[key]) => {
    if (!isRight) faults.push(`${key} is ${JSON.stringify(there[key])}, not ${JSON.stringify(wanted[key])}`);
  };
  for (const key of [
    "storage",
    "retention",
    "max_age",
    "max_msgs",
    "max_msgs_per_subject",
    "allow_direct",
    "deny_delete",
    "deny_purge",
  ] as const)
    mustBe(key, (there[key] ?? (wanted[key] === false ? false : undefined)) === wanted[key]);
  // With limits in bytes, the oldest messages would go.
  if (wanted.discard !== undefined || there.max_bytes > 0) mustBe("discard", there.discard === DiscardPolicy.New);
  if (wanted.allow_rollup_hdrs === true) mustBe("allow_rollup_hdrs");
  for (const subject of wanted.subjects) if (!there.subjects.includes(subject)) faults.push(`${subject} is not among its subjects`);
  if (wanted.republish !== undefined)
    mustBe("republish", there.republish?.src === wanted.republish.src && there.republish?.dest === wanted.republish.dest);
  if (there.sealed) faults.push("it is sealed");
  if (there.no_ack) faults.push("no_ack is set");
  if (replicas !== undefined && there.num_replicas < replicas) faults.push(`it has ${there.num_replicas} copies, not ${replicas}`);
  return faults;
}
