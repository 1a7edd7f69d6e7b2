/** An op as it stands in the journal. From: hosted.ts, owner. To: the journal, replay.ts, the ring. */
import type { EventObject } from "xstate";
import type { RefusedFrame } from "../protocol/frames.ts";
import type { By } from "./commands.ts";

export interface Op {
  readonly rev: number;
  /** ms since the Unix epoch; never smaller than the op before. */
  readonly at: number;
  /** The roster's number of who did it; 0 is the room itself. */
  readonly who: number;
  readonly by: By;
  /** The client's own number for its command; 0 for everything that is not a command. */
  readonly seq: number;
  readonly event: EventObject;
  /** The timer that fired, if one did. */
  readonly timer?: string;
  /** This client's refusals since its previous op, so that their fate can be told again after a crash (L10). */
  readonly refused?: readonly RefusedFrame[];
  /** On the first op after a migration: the room type's version from here on. An older one must not replay it, be there a snapshot of it or not. */
  readonly version?: number;
}

export const systemBy: By = { user: "system", role: "system", client: "system" };

/** Equal when predicted and when confirmed, so an optimistic item keeps its key. */
export const stampId = (op: { rev: number; by: By; seq: number }): string => (op.seq > 0 ? `${op.by.client}-${op.seq}` : `r${op.rev}`);

/** What the journal keeps beside the rev. `event` is the op's, as JSON. */
export const encodeOpRecord = ({ at, who, by, seq, timer, refused, version }: Op, event: string): string =>
  `{"at":${at},"who":${who},"by":${JSON.stringify(by)},"seq":${seq},"event":${event}${more("timer", timer)}${more("refused", refused)}${more("version", version)}}`;
const more = (key: string, value: unknown): string => (value === undefined ? "" : `,"${key}":${JSON.stringify(value)}`);

export const decodeOpRecord = (rev: number, data: string): Op => Object.assign(JSON.parse(data) as Omit<Op, "rev">, { rev });

/** What a machine sees of an event that no schema has checked: plain JSON, so that replay sees the same. Errors keep name and message. */
export const plainEvent = (event: EventObject): EventObject =>
  JSON.parse(
    JSON.stringify(event, (_, value) => (value instanceof Error ? { name: value.name, message: value.message } : value)),
  ) as EventObject;
