/** A random text that all nodes have alike: kept in the stream of everything else, by whoever is first. From: nats-journal.ts. */
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom, isRefused } from "./nats-errors.ts";
import { JournalError } from "./port.ts";

/** Under the empty name, which no room has. */
const place = ["", "secret"] as const;
/** A stream that has just been made has no leader for a moment: then nobody answers. That is tried again, for about 5 s. */
const triesMax = 20;

export async function sharedSecret({ js, jsm, names, label }: NatsStore): Promise<string> {
  const subject = names.storedOf(...place);
  const fresh = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  try {
    await js.publish(subject, fresh, {
      expect: { lastSubjectSequence: 0, streamName: names.store },
      retries: triesMax,
    });
    return fresh;
  } catch (error) {
    if (!isRefused(error)) throw errorFrom(error, `${label}: the secret of all nodes`);
  }
  const kept = await jsm.streams.getMessage(names.store, { last_by_subj: subject }).catch((error: unknown) => {
    throw errorFrom(error, `${label}: the secret of all nodes`);
  });
  if (kept === null) throw new JournalError("io", `${label}: the secret of all nodes is not there`);
  return kept.string();
}
