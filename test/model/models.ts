/** The three machines' models: all that each can do. For the tests beside this file, and for the simulator, which tells how much of it a run has done. */
import { clientSync, type SyncEvent } from "../../machines/client-sync.ts";
import { type ConnectionEvent, connection } from "../../machines/connection.ts";
import { type RoomEvent, room } from "../../machines/room.ts";
import { explore, type Model, pathOf, type Transition } from "./explore.ts";

const syncEvents: SyncEvent[] = [
  { type: "join", by: "delta" },
  { type: "join", by: "snapshot" },
  ...(
    [
      "restored",
      "snapshotSent",
      "caughtUp",
      "movedOn",
      "behind",
      "lag",
      "drained",
      "resync",
      "lost",
      "missedHeartbeat",
      "graceOver",
      "bye",
      "kick",
    ] as const
  ).map((type) => ({ type })),
];

export const syncModel = explore(clientSync, syncEvents, {
  eventOf: (event) => (event.type === "join" && "by" in event ? `join by ${event.by}` : event.type),
});

const why = { code: "INTERNAL", reason: "" };
const connectionEvents: ConnectionEvent[] = [
  ...(["opened", "welcomed", "caughtUp", "behind", "online", "offline", "connect", "close"] as const).map((type) => ({ type })),
  { type: "hopeless", reason: "" },
  { type: "lost", waitMs: 1 },
  { type: "signedOut", ...why },
  { type: "refused", ...why },
];
export const connectionModel = explore(
  connection,
  connectionEvents,
  { stateOf: ({ value, context }) => (value === "idle" ? `idle (${context.online ? "online" : "offline"})` : pathOf(value)) },
  { online: true, connectMsMax: 1, joinMsMax: 1 },
);

const roomTypes = ["loaded", "loadFailed", "occupied", "empty", "faulted", "moved", "quarantine", "close", "closed"] as const;
const roomEvents: RoomEvent[] = roomTypes.map((type) => ({ type }));
export const roomModel = explore(room, roomEvents, {}, { idleMs: 1, backoffMinMs: 1, backoffMaxMs: 1 });

export const models = { "client-sync": syncModel, room: roomModel, connection: connectionModel } satisfies Record<string, Model>;
export type MachineName = keyof typeof models;

/** `client-sync: stale · graceOver → closed` */
export const keyOf = (machine: string, { from, event, to }: Transition): string => `${machine}: ${from} · ${event} → ${to}`;
