/**
 * Who sends commands, as the deciding half of a room knows them: a session of this node, or a place that another node serves (cluster/places.ts).
 * From: ingress.ts, arrivals.ts.
 */
import type { RefusedFrame } from "../protocol/frames.ts";
import type { EndClose, EndCode, Identity } from "../sync/session.ts";

export interface Sender {
  readonly identity: Identity;
  readonly client: string;
  /** The roster's number. */
  readonly who: number;
  /** `new`: its join is not durable. */
  readonly state: string;
  /** A gap in its seqs was told; what follows is ignored until the missing one comes (go-back-N). */
  awaitingSeq: boolean;
  /** Every command up to this seq has its fate, durable and told or about to be. */
  ackedSeq: number;
  send(frame: string): boolean;
  tellRefusal(refused: RefusedFrame): void;
  tellAcked(): void;
  /** Ends it for good, with a word to its client. */
  end(code: EndCode, close: EndClose, reason: string): void;
}
