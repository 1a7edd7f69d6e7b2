/**
 * The deciding half of a room: offers each command, join and leave to the domain machine, and gathers what it accepted into a batch.
 * From: room.ts, in the order in which clients sent (L5). To: the batch that the next flush makes durable.
 * All of it is synchronous: once a command has its turn, there is no await before its verdict.
 */
import type { AnyStateMachine, EventObject } from "xstate";
import type { Clock } from "../clock.ts";
import type { Entry } from "../journal/port.ts";
import { type EncodedOp, encodeOp, opBytes, type RefusedFrame, type RosterEntry } from "../protocol/frames.ts";
import type { Limits } from "../protocol/limits.ts";
import { parseCommand } from "./commands.ts";
import type { AnyRoomType } from "./define-room.ts";
import { type DomainState, stampEvent } from "./domain.ts";
import type { FateRecord } from "./fates.ts";
import { Fates } from "./fates.ts";
import { HostedDomain, type HostedHooks, type Offer } from "./hosted.ts";
import type { Loaded } from "./load.ts";
import { encodeOpRecord, type Op, systemBy } from "./op.ts";
import { Roster } from "./roster.ts";
import type { Sender } from "./sender.ts";
import { type RefusedVerdict, verdict } from "./verdict.ts";

/** What waits for a commit: a refusal that tells of an op not yet durable, a welcome. `fail`: the batch was lost. */
export interface Waiter {
  run(): void;
  fail(): void;
}

/** The applied state that snapshots are made of. */
export interface Committed {
  readonly domain: DomainState;
  readonly roster: readonly RosterEntry[];
}

/** Everything decided since the last batch: the throttled broadcast, the group commit and the delta frame are this one thing. */
export interface Batch {
  /** When its first op was decided, monotonic ms. */
  readonly decidedAtMs: number;
  readonly ops: Op[];
  /** The same ops as they travel, and as the journal keeps them. */
  readonly encoded: EncodedOp[];
  readonly entries: Entry[];
  readonly cues: EventObject[];
  readonly waiters: Waiter[];
  readonly state: Committed;
  /** Consistent with `state`; only there when a snapshot is due. */
  readonly fates: readonly FateRecord[] | undefined;
}

export type Join = { readonly ok: true; readonly who: number } | { readonly ok: false; readonly refusal: RefusedVerdict };

type Who = Pick<Sender, "who" | "client">;

export interface OwnerOptions {
  readonly def: AnyRoomType;
  readonly machine: AnyStateMachine;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly development: boolean;
  readonly onTrouble: HostedHooks["onTrouble"];
  /** There is something to flush. */
  readonly onWork: () => void;
}

export class Owner {
  readonly #options: OwnerOptions;
  readonly #domain: HostedDomain;
  readonly #roster: Roster;
  readonly #fates: Fates;
  readonly #migratedAt: number | undefined;
  #ops: Op[] = [];
  #decidedAtMs = 0;
  #encoded: EncodedOp[] = [];
  #entries: Entry[] = [];
  #bytes = 0;
  #cues: EventObject[] = [];
  #waiters: Waiter[] = [];
  /** The batch whose append is under way. */
  #inFlight: Batch | undefined;

  constructor(options: OwnerOptions, loaded: Pick<Loaded, "input" | "domain" | "roster" | "fates" | "migratedAt">) {
    const { machine, clock, limits, development, onTrouble } = options;
    this.#options = options;
    this.#roster = new Roster(loaded.roster);
    this.#fates = new Fates(limits, loaded.fates, loaded.roster);
    this.#migratedAt = loaded.migratedAt;
    const hooks = { onTrouble, onOp: (op: Op, cues: readonly EventObject[]) => this.#onOp(op, cues) };
    this.#domain = new HostedDomain(
      { machine, input: loaded.input, clock, hooks, timersMax: limits.timersMax, development },
      loaded.domain,
    );
  }

  /** The state is durable: services and timers may run. */
  start(): void {
    this.#domain.start();
    this.#domain.commit(this.#domain.state.rev);
  }

  get committed(): Committed {
    return { domain: this.#domain.state, roster: this.#roster.list() };
  }

  /** Decided up to here, be it durable or not. */
  get rev(): number {
    return this.#domain.state.rev;
  }

  /** For who looks on. */
  get domain(): HostedDomain {
    return this.#domain;
  }

  get busy(): boolean {
    return this.#domain.busy;
  }

  /** The batch is full (L11): commands have to wait for the next one, and are told so. */
  get isFull(): boolean {
    return this.#bytes >= this.#options.limits.batchBytesMax;
  }

  get fates(): readonly FateRecord[] {
    return this.#fates.records();
  }

  /** The domain's word comes first: a promotion works at once. */
  roleOf(user: string, joined: string): string {
    return this.#options.def.role?.(this.#domain.state.snapshot.context, user) ?? joined;
  }

  /** Offered to the machine before anyone is welcomed: full, locked, removed are its own refusals. */
  join({ user, name, role }: { user: string; name: string; role: string }, client: string): Join {
    const { def } = this.#options;
    const who = this.#roster.free();
    const by = { user, role: this.roleOf(user, role), client };
    const event = { type: "participant.joined", user, name, role, who, client };
    const snapshot = this.#domain.state.snapshot;
    const handles = def.machine.events.some((type: string) => type === "participant.joined" || type === "participant.*");
    if (handles) {
      const said = verdict(def, snapshot, this.#stamped(event, by));
      if (said.verdict === "refused") return { ok: false, refusal: said };
    }
    const offer = this.#domain.offer(event, { who, by, seq: 0 });
    return offer.kind === "op"
      ? { ok: true, who }
      : { ok: false, refusal: { verdict: "refused", code: "internal", reason: "The room failed to take you in." } };
  }

  leave(sender: Who): void {
    this.#system(sender, "participant.left");
  }

  /** The connection is gone, or back; only a machine that cares makes an op of it. */
  mark(sender: Who, as: "away" | "back"): void {
    this.#system(sender, `participant.${as}`);
  }

  lastSeq(user: string, client: string): number | undefined {
    return this.#fates.lastSeq(user, client);
  }

  /** Another user has this client id. */
  isOthers(user: string, client: string): boolean {
    return (this.#fates.ownerOf(client) ?? user) !== user;
  }

  settle(user: string, client: string, firstOpenSeq: number): void {
    this.#fates.settle(user, client, firstOpenSeq, this.#options.clock.now());
  }

  forgotten(user: string, client: string, nextSeq: number): void {
    this.#fates.forgotten(user, client, nextSeq, this.#options.clock.now());
  }

  isUnknown(user: string, client: string, seq: number): boolean {
    return this.#fates.isUnknown(user, client, seq);
  }

  /** All refusals of this client that may still be asked for, with seqs after `seq`. */
  refusalsAfter(user: string, client: string, seq: number): readonly RefusedFrame[] {
    return this.#fates.refusals(user, client).filter((refused) => refused.seq > seq);
  }

  /** These seqs will never come. */
  skip(user: string, client: string, seq: number): void {
    this.#fates.raise(user, client, seq, this.#options.clock.now());
  }

  /** Before a reload everything up to `ackedSeq` had its fate; of what no op has journaled, these were refusals, and the rest the client had settled. */
  recall(user: string, client: string, ackedSeq: number, told: readonly RefusedFrame[]): void {
    const now = this.#options.clock.now();
    const lastSeq = this.#fates.lastSeq(user, client) ?? 0;
    for (const refused of told) if (refused.seq > lastSeq) this.#fates.refuse(user, client, refused, now);
    this.#fates.raise(user, client, ackedSeq, now);
  }

  /** A command that is not even looked at; its seq is used up. */
  refuseUnseen(who: number, seq: number, code: RefusedFrame["code"], reason: string): RefusedFrame {
    const entry = this.#roster.get(who);
    if (entry === undefined) throw new Error(`a command by ${who}, who is not in the roster`);
    const refused = { seq, rev: this.#domain.state.rev, code, reason };
    this.#fates.refuse(entry.user, entry.client, refused, this.#options.clock.now());
    return refused;
  }

  /** Decides a command whose seq is next. A refusal is returned; an op goes into the batch. */
  command(who: number, seq: number, input: { readonly type: string }): RefusedFrame | undefined {
    const entry = this.#roster.get(who);
    if (entry === undefined) throw new Error(`a command by ${who}, who is not in the roster`);
    const { def, clock } = this.#options;
    const { user, client } = entry;
    const by = { user, role: this.roleOf(user, entry.role), client };
    const refuse = ({ verdict: _, ...said }: RefusedVerdict): RefusedFrame => {
      const refused = { seq, rev: this.#domain.state.rev, ...wireRefusal(said) };
      this.#fates.refuse(user, client, refused, clock.now());
      return refused;
    };
    const parsed = parseCommand(def.commands, input);
    if (!parsed.ok) return refuse({ verdict: "refused", code: parsed.code, reason: parsed.reason });
    const before = this.#domain.state.snapshot;
    const offer: Offer = this.#domain.offer(parsed.event, { who, by, seq });
    if (offer.kind === "op") return undefined;
    if (offer.kind === "threw")
      return refuse({ verdict: "refused", code: "internal", reason: "The room failed on this command; nothing changed." });
    const said = verdict(def, before, this.#stamped(parsed.event, by, seq));
    return refuse(said.verdict === "refused" ? said : { verdict: "refused", code: "noEffect", reason: "That would change nothing." });
  }

  /** Runs once everything decided so far is durable; at once if it is (L3). */
  afterCommit(waiter: Waiter): void {
    if (this.#ops.length > 0) this.#waiters.push(waiter);
    else if (this.#inFlight !== undefined) this.#inFlight.waiters.push(waiter);
    else waiter.run();
  }

  /** The next batch, if anything was decided. From now on it is under way. */
  take(withFates: boolean): Batch | undefined {
    if (this.#ops.length === 0) return undefined;
    const batch: Batch = {
      decidedAtMs: this.#decidedAtMs,
      ops: this.#ops,
      encoded: this.#encoded,
      entries: this.#entries,
      cues: this.#cues,
      waiters: this.#waiters,
      state: this.committed,
      fates: withFates ? this.#fates.records() : undefined,
    };
    this.#clear();
    this.#inFlight = batch;
    return batch;
  }

  /** The batch is durable, and everyone was told: its effects may start. */
  commit(batch: Batch): void {
    this.#domain.commit(batch.state.domain.rev);
  }

  /** The batch is durable: what is decided from now on no longer waits for it. */
  landed(): void {
    this.#inFlight = undefined;
  }

  /** Drops everything that is not durable; whoever waits for it is told. */
  stop(): void {
    this.#domain.stop();
    const waiters = [...(this.#inFlight?.waiters ?? []), ...this.#waiters];
    this.#clear();
    this.#inFlight = undefined;
    for (const waiter of waiters) waiter.fail();
  }

  #clear(): void {
    this.#ops = [];
    this.#encoded = [];
    this.#entries = [];
    this.#bytes = 0;
    this.#cues = [];
    this.#waiters = [];
  }

  /** Not if its number is another one's by now. */
  #system({ who, client }: Who, type: string): void {
    const entry = this.#roster.get(who);
    if (entry?.client !== client) return;
    const { user } = entry;
    const by = { user, role: this.roleOf(user, entry.role), client };
    this.#domain.offer({ type, user } as EventObject, { who, by, seq: 0 });
  }

  #onOp(op: Op, cues: readonly EventObject[]): void {
    const refused = op.seq > 0 ? this.#fates.takeUnjournaled(op.by.user, op.by.client) : [];
    let whole = refused.length > 0 ? { ...op, refused } : op;
    if (op.rev - 1 === this.#migratedAt) whole = { ...whole, version: this.#options.def.version };
    this.#fates.apply(whole);
    this.#roster.apply(whole);
    const event = JSON.stringify(whole.event);
    const encoded = encodeOp(whole, event);
    if (this.#ops.length === 0) this.#decidedAtMs = this.#options.clock.monotonic();
    this.#ops.push(whole);
    this.#encoded.push(encoded);
    this.#entries.push({ rev: whole.rev, data: encodeOpRecord(whole, event) });
    this.#bytes += opBytes(encoded);
    this.#cues.push(...cues);
    this.#options.onWork();
  }

  #stamped(event: EventObject, by: Op["by"], seq = 0): ReturnType<typeof stampEvent> {
    const { rev, at } = this.#domain.state;
    return stampEvent({ rev: rev + 1, at: Math.max(at, this.#options.clock.now()), who: 0, by: by ?? systemBy, seq, event });
  }
}

/** Only what the wire's `refused` carries: what a guard threw stays here. */
const wireRefusal = ({ code, reason, guard, params, acceptedIn }: Omit<RefusedVerdict, "verdict">): Omit<RefusedFrame, "seq" | "rev"> => ({
  code,
  reason: reason.slice(0, reasonCharsMax),
  ...(guard === undefined ? {} : { guard }),
  ...(params === undefined ? {} : { params }),
  ...(acceptedIn === undefined ? {} : { acceptedIn }),
});
const reasonCharsMax = 500;
