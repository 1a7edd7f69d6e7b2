/** Every time window and limit of the server, in one place. Units are last in each name. `createServer({limits})` overrides them. */
export const defaultLimits = {
  // One frame from a client.
  frameBytesMax: 64 * 1024,
  jsonDepthMax: 32,
  jsonKeysMax: 5_000,

  // One connection.
  helloTimeoutMs: 5_000,
  pingEveryMs: 30_000,
  pongTimeoutMs: 5_000,
  graceMs: 15_000,
  /** Bun closes a socket whose user-space backlog reaches this. The last resort: `lagging` comes first. */
  socketBacklogBytesMax: 1024 * 1024,
  /** A session with more than this in user space, or told but not reported as reached, is lagging. */
  lagBufferedBytesMax: 128 * 1024,
  lagUnreportedBytesMax: 1024 * 1024,
  lagMsMax: 30_000,
  badFramesMax: 100,
  sweepEveryMs: 1_000,

  // Token buckets: burst, then a steady rate.
  commandsBurst: 100,
  commandsPerSecond: 50,
  presenceBurst: 30,
  presencePerSecond: 30,
  resyncBurst: 3,
  resyncPerSecond: 0.2,
  /** Hellos of one user, over all rooms. */
  joinsBurst: 20,
  joinsPerSecond: 2,
  pingsBurst: 50,
  pingsPerSecond: 20,
  renewalsBurst: 5,
  renewalsPerSecond: 0.2,

  // One server.
  connectionsMax: 20_000,
  connectionsPerAddressMax: 5_000,
  connectionsPerUserMax: 50,
  drainMsMax: 5_000,

  // One room.
  clientsMax: 5_000,
  commandBytesMax: 16 * 1024,
  ringOpsMax: 1_024,
  ringBytesMax: 4 * 1024 * 1024,
  /** Of one flush, and so of one delta frame: well below a socket's backlog limit, or one flush could cut everyone off. */
  batchBytesMax: 512 * 1024,
  /** Flushes that an audience with a view, and whoever of it was away, can be told of by patches. */
  viewRevsMax: 128,
  broadcastWindowMinMs: 10,
  broadcastWindowMaxMs: 64,
  // What a flush costs, apart from its ops, by docs/performance.md: a commit in a busy room, and each session's frame. Bun writes to
  // the sockets after the flush, and a commit is another thread's, so no clock of ours sees either. A dearer flush gets a wider window.
  flushUs: 400,
  flushUsPerSession: 7,
  /** Commands that wait for a busy room's next flush; with more of them than that, they are decided at once. */
  heldCharsMax: 8 * 1024,
  /** Between two deltas with a checksum; a budget over all rooms may make it longer. */
  checksumEveryMsMin: 5_000,
  snapshotPartBytesMax: 64 * 1024,
  snapshotEveryOps: 1_000,
  presenceBytesMax: 1_024,
  /** Each client is told: where many move, their moves are told more rarely. */
  presenceBytesPerSecond: 32 * 1024,
  fateClientsMax: 10_000,
  fateDaysMax: 30,
  refusalsPerClientMax: 256,
  timersMax: 1_000,
  idleRoomMs: 60_000,
  faultBackoffMinMs: 100,
  faultBackoffMaxMs: 30_000,
  roomsMax: 10_000,
} as const;

export type Limits = { readonly [K in keyof typeof defaultLimits]: number };
