/** What a client has in mode `patches`, of the frames that it was sent. */
import { patched } from "../spec/spec-patch.ts";
import type { Frame } from "./client.ts";

export interface Shown {
  readonly rev: number;
  /** The audience's state document. */
  readonly document: Frame["payload"];
  /** Its user's own, as told last. */
  readonly own: Frame["payload"];
  /** Acknowledged at the moment when the state that has them was shown. */
  readonly acks: readonly number[];
}

/** Throws where frames do not follow one another. */
export function shown(frames: readonly Frame[]): Shown {
  let now: Shown = { rev: -1, document: undefined, own: undefined, acks: [] };
  let next: Frame["payload"] = {};
  for (const { type, payload } of frames) {
    if (type === "own") next = { ...next, ...payload };
    if (type !== "snapshot" && type !== "delta") continue;
    if (type === "delta" && payload.from !== now.rev) throw new Error(`a delta from rev ${payload.from} follows rev ${now.rev}`);
    if (next.rev > (payload.to ?? payload.rev)) throw new Error(`'own' of rev ${next.rev} is followed by another`);
    const document = type === "snapshot" ? payload.state : patched(now.document, payload.patches);
    now = {
      rev: payload.to ?? payload.rev,
      document,
      own: "state" in next ? next.state : now.own,
      acks: [...now.acks, ...(next.acks ?? [])],
    };
    next = {};
  }
  return now;
}
