/** The server's limits in a simulated run: so low that a run of a minute meets them. */
import { defaultLimits } from "../../src/protocol/limits.ts";

export const limits = {
  ...defaultLimits,
  ringOpsMax: 24,
  snapshotEveryOps: 40,
  snapshotPartBytesMax: 450,
  checksumEveryMsMin: 400,
  graceMs: 4_000,
  pingEveryMs: 3_000,
  pongTimeoutMs: 2_000,
  idleRoomMs: 5_000,
  lagBufferedBytesMax: 600,
  heldCharsMax: 250,
  lagMsMax: 8_000,
  commandsBurst: 30,
  commandsPerSecond: 20,
  joinsBurst: 200,
  joinsPerSecond: 50,
  faultBackoffMaxMs: 4_000,
  socketBacklogBytesMax: 200_000,
  fateClientsMax: 6,
};
