/** The newest refusals, with what was refused: for `why was this refused`. From: inspection.ts. To: the admin listener. */
import type { RefusalCode } from "../protocol/codes.ts";
import type { Room } from "../room/room.ts";
import type { WatchedRefusal } from "../room/watch.ts";
import type { RefusedMessage } from "./messages.ts";

/** Over all rooms. */
const refusalsMax = 500;
const refusalsPerMsMax = 1_000;
/** Of a command that is bigger, the type is kept alone. */
const commandCharsMax = 4_096;

export interface KeptRefusal {
  readonly message: RefusedMessage;
  /** What its sender was told. */
  readonly reason: string;
  readonly epoch: string | undefined;
  readonly params: unknown;
  readonly event: { readonly type: string };
}

export class Refusals {
  #kept: KeptRefusal[] = [];
  #last: number;

  /** `startedAt`: ms since the Unix epoch. Numbers begin there, so that none is given again after a restart: whoever knew the ones before goes by them. */
  constructor(startedAt: number) {
    this.#last = startedAt * refusalsPerMsMax;
  }

  add(room: Room, { by, event, seq, rev, code, guard, params, reason }: WatchedRefusal, at: number): RefusedMessage {
    const message: RefusedMessage = {
      type: "quorate.refused",
      n: ++this.#last,
      room: room.name,
      at,
      by,
      seq,
      event: seq === 0 || Object.hasOwn(room.options.def.commands, event.type) ? event.type : "(unknown)",
      code,
      ...(guard === undefined ? {} : { guard }),
      reason: openReason(room, code, guard, reason),
      rev,
    };
    const isBig = JSON.stringify(event).length > commandCharsMax;
    this.#kept.push({ message, reason, epoch: room.feed?.epoch, params, event: isBig ? { type: event.type } : event });
    if (this.#kept.length > refusalsMax) this.#kept.shift();
    return message;
  }

  of(room: string): readonly KeptRefusal[] {
    return this.#kept.filter(({ message }) => message.room === room);
  }

  get(n: number): KeptRefusal | undefined {
    return this.#kept.find(({ message }) => message.n === n);
  }
}

/** A reason that is made from the state or the command may quote it; a constant one cannot. */
function openReason({ options }: Room, code: RefusalCode, guard: string | undefined, told: string): string {
  if (code === "command" || code === "payload") return "The command is unknown, or not as its schema says.";
  if (guard === undefined) return told;
  const known = options.def.reasons[guard];
  return typeof known === "string" && told === known ? known : `'${guard}' decides.`;
}
