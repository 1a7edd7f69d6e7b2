/** Delta or snapshot? Decided purely, and every outcome has a name. From: room/room.ts at a hello or a resync. To: the session. */
import type { SnapshotReason } from "../protocol/frames.ts";

export interface Place {
  readonly epoch: string;
  readonly rev: number;
}

export type Resume =
  | { readonly kind: "delta"; readonly recovered: "resumed"; readonly from: number }
  | { readonly kind: "snapshot"; readonly recovered: SnapshotReason };

export function decideResume(
  client: {
    readonly since: Place | undefined;
    /** The audience is served from a projection, so the ring of ops is not for it: is there a way to patch what it has of a rev? */
    readonly patchable: ((rev: number) => boolean) | undefined;
    readonly sameVersion: boolean;
  },
  room: Place & { readonly inRing: (rev: number) => boolean },
): Resume {
  const { since } = client;
  const snapshot = (recovered: SnapshotReason): Resume => ({ kind: "snapshot", recovered });
  if (since === undefined) return snapshot("first");
  if (since.epoch !== room.epoch) return snapshot("otherEpoch");
  // Ahead within an epoch: the server lost history that it had acknowledged. The room raises the alarm.
  if (since.rev > room.rev) return snapshot("ahead");
  if (client.patchable !== undefined) {
    if (!client.patchable(since.rev)) return snapshot(client.sameVersion ? "view" : "version");
  } else if (!room.inRing(since.rev)) return snapshot("beyondRing");
  return { kind: "delta", recovered: "resumed", from: since.rev };
}
