/**
 * A room's log on NATS, as a follower sees it. From: nats-journal.ts. To: follower.ts.
 * The server tells each append as a plain message once it is durable; what it tells nobody has to arrive.
 */

import type { Followed, FollowedLog } from "./follower.ts";
import type { NatsStore } from "./nats-connect.ts";
import { errorFrom } from "./nats-errors.ts";
import { NatsLog } from "./nats-log.ts";
import { decodeMeta, type LogMessage, metaHeader } from "./nats-message.ts";
import { intactEntries, seqBefore } from "./nats-read.ts";
import { JournalError, type RoomName } from "./port.ts";

export function followedLog(store: NatsStore, room: RoomName): FollowedLog {
  const log = new NatsLog(store, "");
  const followed = (message: LogMessage): Followed => {
    const { seq, meta } = message;
    if (meta === undefined) throw new JournalError("unreadable", `a message of ${room} is damaged; its owner has to open the room`);
    const entries = async () => {
      const intact = await intactEntries(log, room, message);
      if (intact === undefined) throw new JournalError("unreadable", `entries of ${room} up to rev ${meta.rev} are damaged`);
      return intact.entries;
    };
    const { id, prev, epoch, rev, count } = meta;
    return { seq, id, prev, epoch, rev, count, entries };
  };
  return {
    clock: store.clock,
    async last() {
      const last = await log.last(room);
      return last && followed(last);
    },
    async *messages(seq, last) {
      for await (const message of log.messages(room, seq, last)) yield followed(message);
    },
    seqBefore: (rev, last) => seqBefore(log, room, rev, last),
    async listen(onMessage, onTrouble) {
      const { nc, names } = store;
      const subscription = nc.subscribe(names.liveOf(room), {
        callback(error, message) {
          if (error !== null) return onTrouble(error);
          try {
            const meta = decodeMeta(message.headers?.get(metaHeader));
            const seq = Number(message.headers?.get("Nats-Sequence"));
            onMessage(meta && followed({ seq, meta, body: message.data }));
          } catch (thrown) {
            onTrouble(thrown);
          }
        },
      });
      await nc.flush().catch((error: unknown) => onTrouble(errorFrom(error, `following ${room}`)));
      return () => subscription.unsubscribe();
    },
  };
}
