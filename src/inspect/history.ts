/**
 * One room's past, under one epoch: its ops, and its state at any rev that is kept. From: admin-api.ts. To: the journal, rebuild.ts.
 * It only reads, beside the running room; what was rebuilt is kept as key frames, so that the next rev is a few ops away.
 */
import type { AnyStateMachine } from "xstate";
import type { Journal, RoomName } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import { Audiences } from "../room/audiences.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { decodeOpRecord } from "../room/op.ts";
import { projectState } from "../room/state.ts";
import type { Audience } from "../sync/session.ts";
import type { OpRow, StateAt } from "./api.ts";
import { baseAt, RebuildError, type RebuildOptions, type Rebuilt, rebuild, savedIn } from "./rebuild.ts";

export interface HistoryOptions {
  readonly def: AnyRoomType;
  readonly machine: AnyStateMachine;
  readonly journal: Journal;
  readonly limits: Limits;
  readonly room: RoomName;
  readonly epoch: string;
}

export interface Extent {
  readonly epoch: string;
  readonly head: number;
  readonly opsFrom: number;
  readonly statesFrom: number;
  readonly note: string | undefined;
}

const frameEvery = 500;
/** Beyond either every second one goes (L11). */
const framesMax = 400;
const framesCharsMax = 8 * 1024 * 1024;

export class History {
  readonly room: RoomName;
  readonly epoch: string;
  readonly def: AnyRoomType;
  readonly #options: HistoryOptions;
  readonly #rebuild: RebuildOptions;
  readonly #audiences: Audiences;
  /** By rev, in order; with how many characters each is as JSON. What they share is counted for each. */
  #frames: { readonly rebuilt: Rebuilt; readonly chars: number }[] = [];
  /** The ops went back that far when all states could be had. */
  #wholeFrom: number | undefined;

  constructor(options: HistoryOptions) {
    const { room, epoch, def, machine, limits, journal } = options;
    this.room = room;
    this.epoch = epoch;
    this.def = def;
    this.#options = options;
    this.#rebuild = { def, machine, room, limits, reader: journal };
    this.#audiences = new Audiences(def, room);
  }

  async extent(): Promise<Extent> {
    const { journal } = this.#options;
    const { rev: head, epoch } = await this.#head();
    const [first] = await journal.read(this.room, 1, 1);
    const opsFrom = first?.rev ?? head + 1;
    const { rev: statesFrom, note } = this.#wholeFrom === opsFrom ? { rev: 0, note: undefined } : await this.#findStatesFrom(opsFrom);
    if (statesFrom === 0) this.#wholeFrom = opsFrom;
    return { epoch, head, opsFrom, statesFrom, note };
  }

  async ops(from: number, limit: number): Promise<readonly OpRow[]> {
    const entries = await this.#options.journal.read(this.room, from, limit);
    return entries.map(({ rev, data }) => {
      const { at, who, by, seq, event, timer } = decodeOpRecord(rev, data);
      return { rev, at, who, by, seq, event, ...(timer === undefined ? {} : { timer }) };
    });
  }

  /** Throws a `RebuildError` where that cannot be had. */
  async at(rev: number): Promise<Rebuilt> {
    const { rev: head } = await this.#head();
    if (rev < 0 || rev > head) throw new RebuildError("notKept", rev, `${this.room} has revs 0 to ${head}`);
    let base = this.#frames.findLast(({ rebuilt }) => rebuilt.rev <= rev)?.rebuilt;
    if (base === undefined || rev - base.rev > frameEvery) {
      const kept = await this.#baseAt(rev, base);
      if (base === undefined || kept.rev > base.rev) base = kept;
    }
    for (let next = nextFrame(base.rev); next <= rev; next += frameEvery) {
      base = await rebuild(this.#rebuild, next, base);
      this.#keep(base);
    }
    return base.rev === rev ? base : rebuild(this.#rebuild, rev, base);
  }

  async stateAt(rev: number): Promise<StateAt> {
    const { domain, roster } = await this.at(rev);
    const { snapshot } = domain;
    return {
      rev,
      at: domain.at,
      value: snapshot.value,
      status: snapshot.status,
      context: snapshot.context,
      timers: domain.timers.list().map(({ id, dueAt }) => ({ id, dueAt })),
      services: Object.keys(snapshot.children),
      roster,
      audiences: this.#seen({ domain, roster }),
    };
  }

  #seen(state: Pick<Rebuilt, "domain" | "roster">): StateAt["audiences"] {
    const { def } = this;
    const { snapshot } = state.domain;
    const people = new Map<Audience, Set<string>>();
    for (const { user, role } of state.roster) {
      const audience = this.#audiences.of({ user, role: def.role?.(snapshot.context, user) ?? role }, def.version);
      people.set(audience, (people.get(audience) ?? new Set()).add(user));
    }
    return [...people].map(([audience, users]) => ({
      audience: audience.view,
      users: [...users],
      state: projectState(def, state, audience),
      ...(def.own === undefined ? {} : { own: Object.fromEntries([...users].map((user) => [user, def.own?.(snapshot, user)])) }),
    }));
  }

  async #head(): Promise<{ readonly epoch: string; readonly rev: number }> {
    const head = await this.#options.journal.head(this.room);
    if (head?.epoch !== this.epoch) throw new RebuildError("notKept", 0, `${this.room} has another history now; look again`);
    return head;
  }

  /** From the journal; where that has nothing, but memory does, that will do. */
  async #baseAt(rev: number, known: Rebuilt | undefined): Promise<Rebuilt> {
    try {
      return await baseAt(this.#rebuild, rev);
    } catch (error) {
      if (known !== undefined && error instanceof RebuildError) return known;
      throw error;
    }
  }

  #keep(frame: Rebuilt): void {
    const found = this.#frames.findIndex(({ rebuilt }) => rebuilt.rev >= frame.rev);
    const at = found < 0 ? this.#frames.length : found;
    if (this.#frames[at]?.rebuilt.rev === frame.rev) return;
    const chars = JSON.stringify([frame.domain.snapshot.context, frame.roster]).length;
    this.#frames.splice(at, 0, { rebuilt: frame, chars });
    // Of one alone, nothing is left: it is too big to be kept.
    while (this.#frames.length > framesMax || this.#frames.reduce((sum, kept) => sum + kept.chars, 0) > framesCharsMax)
      this.#frames = this.#frames.filter((_, i) => i % 2 === 1);
  }

  /** Backwards over the kept snapshots, as far as they are of this version. */
  async #findStatesFrom(opsFrom: number): Promise<{ readonly rev: number; readonly note: string | undefined }> {
    const { journal, def } = this.#options;
    let from: number | undefined;
    for (let rev = Number.MAX_SAFE_INTEGER; ; ) {
      const kept = await journal.snapshotAt(this.room, rev);
      if (kept === undefined) break;
      const { version, migratedAt } = savedIn(this.#rebuild, kept.rev, kept.data);
      if (version !== def.version)
        return {
          rev: from ?? kept.rev + 1,
          note: `Up to there, version ${version} of '${def.type}' wrote it; this server has version ${def.version}.`,
        };
      from = kept.rev;
      if (from === 0) return { rev: 0, note: undefined };
      if (opsFrom === 1 && migratedAt === undefined && (await this.#reachesBack())) return { rev: 0, note: undefined };
      rev = kept.rev - 1;
    }
    return { rev: from ?? opsFrom, note: "What is older is no longer kept in the journal." };
  }

  async #reachesBack(): Promise<boolean> {
    try {
      await baseAt(this.#rebuild, 0);
      return true;
    } catch (error) {
      if (error instanceof RebuildError) return false;
      throw error;
    }
  }
}

const nextFrame = (rev: number): number => (Math.floor(rev / frameEvery) + 1) * frameEvery;
