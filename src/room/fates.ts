/**
 * What became of each client's commands: a command takes effect at most once per (user, client, seq) (L2), and its fate can be told again (L10).
 * Moved by decisions in the owner and by journaled ops on load. Bounded in clients, days and refusals (L11).
 */
import type { RefusedFrame } from "../protocol/frames.ts";
import type { Limits } from "../protocol/limits.ts";
import { none } from "../sync/session.ts";
import { clientKey } from "./client-key.ts";
import type { Op } from "./op.ts";

/** One client's fates, as they stand in a journal's snapshot. */
export interface FateRecord {
  readonly user: string;
  readonly client: string;
  readonly lastSeq: number;
  readonly at: number;
  readonly refused: readonly RefusedFrame[];
}

interface Fate {
  readonly user: string;
  readonly client: string;
  lastSeq: number;
  at: number;
  refused: readonly RefusedFrame[];
  /** Nobody can tell what became of these. */
  unknownUpTo: number;
  /** Refused since this client's previous op: these ride on its next one. */
  unjournaled: readonly RefusedFrame[];
}

const dayMs = 86_400_000;

export class Fates {
  readonly #fates: Map<string, Fate>;
  /** Who has a client id: nobody else gets it, since a client id is part of the ids of what its commands make. */
  readonly #owners = new Map<string, string>();
  /** Who is in the room: their fates are kept, however long they are silent. */
  readonly #here: Set<string>;
  readonly #limits: Pick<Limits, "fateClientsMax" | "fateDaysMax" | "refusalsPerClientMax">;

  constructor(
    limits: Pick<Limits, "fateClientsMax" | "fateDaysMax" | "refusalsPerClientMax">,
    records: readonly FateRecord[] = [],
    roster: readonly Who[] = [],
  ) {
    this.#limits = limits;
    this.#here = new Set(roster.map(key));
    this.#fates = new Map(records.map((record) => [key(record), { ...record, unknownUpTo: 0, unjournaled: none }]));
    for (const record of records) this.#own(record);
  }

  /** The user who has this client id, as far as is remembered. */
  ownerOf(client: string): string | undefined {
    return this.#owners.get(client);
  }

  lastSeq(user: string, client: string): number | undefined {
    return this.#fates.get(clientKey(user, client))?.lastSeq;
  }

  refusals(user: string, client: string): readonly RefusedFrame[] {
    return this.#fates.get(clientKey(user, client))?.refused ?? [];
  }

  /** The client's fates were forgotten, so what it sent before `nextSeq` may or may not have taken effect; all of it is used up. */
  forgotten(user: string, client: string, nextSeq: number, at: number): void {
    const fate = this.#of(user, client, at);
    fate.lastSeq = Math.max(fate.lastSeq, nextSeq - 1);
    fate.unknownUpTo = nextSeq - 1;
  }

  isUnknown(user: string, client: string, seq: number): boolean {
    return seq <= (this.#fates.get(clientKey(user, client))?.unknownUpTo ?? 0);
  }

  /** The client says that everything below `seq` is settled for it: nobody will ask about those again, and none of them will come. */
  settle(user: string, client: string, seq: number, at: number): void {
    const fate = this.#of(user, client, at);
    fate.lastSeq = Math.max(fate.lastSeq, seq - 1);
    fate.refused = from(fate.refused, seq);
    fate.unjournaled = from(fate.unjournaled, seq);
  }

  /** The next seq is after this one, whatever the journal says. */
  raise(user: string, client: string, seq: number, at: number): void {
    const fate = this.#of(user, client, at);
    fate.lastSeq = Math.max(fate.lastSeq, seq);
  }

  refuse(user: string, client: string, refused: RefusedFrame, at: number): void {
    const fate = this.#of(user, client, at);
    fate.lastSeq = refused.seq;
    this.#keep(fate, refused);
    fate.unjournaled = [...fate.unjournaled, refused].slice(-this.#limits.refusalsPerClientMax);
  }

  /** Taken once, for the op that is about to be journaled. */
  takeUnjournaled(user: string, client: string): readonly RefusedFrame[] {
    const fate = this.#fates.get(clientKey(user, client));
    if (fate === undefined) return none;
    const taken = fate.unjournaled;
    fate.unjournaled = none;
    return taken;
  }

  /** An op of a client, just decided or read from the journal. A join is where a client's fates begin: from then on "none yet" is known. */
  apply(op: Op): void {
    if (op.event.type === "participant.joined") this.#here.add(key(op.by));
    else if (op.event.type === "participant.left") this.#here.delete(key(op.by));
    if (op.seq === 0 && op.event.type !== "participant.joined") return;
    const fate = this.#of(op.by.user, op.by.client, op.at);
    for (const refused of op.refused ?? []) {
      if (!fate.refused.some(({ seq }) => seq === refused.seq)) this.#keep(fate, refused);
    }
    fate.lastSeq = Math.max(fate.lastSeq, op.seq);
  }

  /** As of now: a snapshot is written later, when there may be more refusals than these. */
  records(): readonly FateRecord[] {
    return [...this.#fates.values()].map(({ user, client, lastSeq, at, refused }) => ({ user, client, lastSeq, at, refused }));
  }

  /** The oldest fall off; what became of a seq up to there can then no longer be told. */
  #keep(fate: Fate, refused: RefusedFrame): void {
    const kept = [...fate.refused, refused];
    const dropped = kept.length > this.#limits.refusalsPerClientMax ? kept.shift() : undefined;
    fate.refused = kept;
    if (dropped !== undefined) fate.unknownUpTo = Math.max(fate.unknownUpTo, dropped.seq);
  }

  #own({ user, client }: Who): void {
    if (!this.#owners.has(client)) this.#owners.set(client, user);
  }

  /** The client's fate; it moves to the young end, the old end falls off. */
  #of(user: string, client: string, at: number): Fate {
    const id = clientKey(user, client);
    const fate = this.#fates.get(id) ?? { user, client, lastSeq: 0, at, refused: none, unknownUpTo: 0, unjournaled: none };
    fate.at = Math.max(fate.at, at);
    this.#fates.delete(id);
    this.#fates.set(id, fate);
    this.#own(fate);
    const oldest = at - this.#limits.fateDaysMax * dayMs;
    for (const [other, old] of this.#fates) {
      if (other === id || (this.#fates.size <= this.#limits.fateClientsMax && old.at >= oldest)) break;
      this.#fates.delete(other);
      if (this.#here.has(other)) {
        old.at = at;
        this.#fates.set(other, old);
      } else if (this.#owners.get(old.client) === old.user) this.#owners.delete(old.client);
    }
    return fate;
  }
}

type Who = Pick<FateRecord, "user" | "client">;
const key = ({ user, client }: Who): string => clientKey(user, client);

const from = (list: readonly RefusedFrame[], seq: number): readonly RefusedFrame[] =>
  list.length === 0 ? list : list.filter((refused) => refused.seq >= seq);
