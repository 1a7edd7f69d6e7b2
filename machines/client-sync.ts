/**
 * One client's sync lifecycle on the server: new → snapshot | delta → stale → closed. It outlives a socket.
 * The state is the topic membership: entering `live` subscribes, leaving it unsubscribes. There is nothing to do per broadcast.
 * Counters (last rev, last seen, buffered bytes) are plain fields outside; events come on lifecycle edges only.
 */
import { setup } from "xstate";

export type SyncEvent =
  /** The hello was handled and the room has the client's join: it gets what it missed, or everything. */
  | { readonly type: "join"; readonly by: "delta" | "snapshot" }
  /** Known from the journal, with no socket: its server went away. */
  | { readonly type: "restored" }
  | { readonly type: "snapshotSent" }
  | { readonly type: "caughtUp" }
  /** The room went on while it caught up: once more. */
  | { readonly type: "movedOn" }
  /** What it misses is no longer in the ring. */
  | { readonly type: "behind" }
  | { readonly type: "lag" }
  | { readonly type: "drained" }
  | { readonly type: "resync" }
  /** The socket closed without a bye. */
  | { readonly type: "lost" }
  | { readonly type: "missedHeartbeat" }
  | { readonly type: "graceOver" }
  | { readonly type: "bye" }
  | { readonly type: "kick" };

export const clientSync = setup({
  types: { events: {} as SyncEvent },
  actions: {
    /** Sends the whole state, in parts if it is big; answers with `snapshotSent`. */
    sendSnapshot: () => undefined,
    /** Sends the ops since the client's rev, to it alone; answers with `caughtUp` or `behind`. */
    catchUp: () => undefined,
    subscribe: () => undefined,
    unsubscribe: () => undefined,
    /** Lets go of the socket, keeps rev and place. */
    detach: () => undefined,
    /** The place is given up. */
    depart: () => undefined,
  },
  guards: {
    bySnapshot: ({ event }) => event.type === "join" && event.by === "snapshot",
  },
}).createMachine({
  id: "clientSync",
  initial: "new",
  on: {
    bye: { target: ".closed" },
    kick: { target: ".closed" },
  },
  states: {
    new: {
      on: {
        join: [{ guard: "bySnapshot", target: "snapshot" }, { target: "delta" }],
        restored: { target: "stale" },
        lost: { target: "closed" },
        missedHeartbeat: { target: "closed" },
      },
    },
    snapshot: {
      entry: "sendSnapshot",
      on: {
        snapshotSent: { target: "delta" },
        resync: { target: "snapshot", reenter: true },
        lost: { target: "stale" },
        missedHeartbeat: { target: "stale" },
      },
    },
    delta: {
      initial: "catchingUp",
      on: {
        resync: { target: "snapshot" },
        lost: { target: "stale" },
        missedHeartbeat: { target: "stale" },
      },
      states: {
        catchingUp: {
          entry: "catchUp",
          on: {
            caughtUp: { target: "live" },
            movedOn: { target: "catchingUp", reenter: true },
            behind: { target: "#clientSync.snapshot" },
          },
        },
        live: {
          entry: "subscribe",
          exit: "unsubscribe",
          on: { lag: { target: "lagging" } },
        },
        lagging: {
          on: { drained: { target: "catchingUp" } },
        },
      },
    },
    /** Without a socket; or with one whose welcome waits for a commit, and may be lost again before it. */
    stale: {
      entry: "detach",
      on: {
        lost: { target: "stale", reenter: true },
        missedHeartbeat: { target: "stale", reenter: true },
        join: [{ guard: "bySnapshot", target: "snapshot" }, { target: "delta" }],
        graceOver: { target: "closed" },
      },
    },
    closed: { type: "final", entry: "depart" },
  },
});
