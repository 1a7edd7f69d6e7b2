/**
 * A room's state right after a rev, got again from its log. From: history.ts (beside a room that runs), replay.ts (from a copy).
 * To: `replay` of room/domain.ts. Page by page, so that neither the log's length nor the work between two pauses is a matter of the room's age.
 */
import type { AnyActorScope, AnyStateMachine } from "xstate";
import type { Journal, RoomName } from "../journal/port.ts";
import type { RosterEntry } from "../protocol/frames.ts";
import type { Limits } from "../protocol/limits.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { type DomainState, initialDomain, ReplayError, replay, restoreDomain } from "../room/domain.ts";
import type { SavedRoom } from "../room/load.ts";
import { decodeOpRecord, type Op } from "../room/op.ts";
import { Roster } from "../room/roster.ts";
import { inertScope } from "../room/step.ts";

/** What of a journal a state is rebuilt from. */
export type LogReader = Pick<Journal, "read" | "snapshotAt">;

export interface RebuildOptions {
  readonly def: AnyRoomType;
  /** The definition's machine; its services are never started. */
  readonly machine: AnyStateMachine;
  readonly room: RoomName;
  readonly limits: Pick<Limits, "timersMax">;
  readonly reader: LogReader;
}

/** A room right after `rev`. Nothing in it changes any more, so it can be kept, and be the base of another rebuild. */
export interface Rebuilt {
  readonly rev: number;
  readonly domain: DomainState;
  readonly roster: readonly RosterEntry[];
  /** What the room began with. */
  readonly input: SavedRoom["input"];
}

/** `notKept`: what is needed is not in the log (any more, or yet). `otherVersion`: another version of the room type wrote it. `replay`: what is there does not give a state. */
export type RebuildErrorCode = "notKept" | "otherVersion" | "replay";
export class RebuildError extends Error {
  override readonly name = "RebuildError";
  readonly code: RebuildErrorCode;
  /** Where it is, as far as that is one rev. */
  readonly rev: number;
  constructor(code: RebuildErrorCode, rev: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.rev = rev;
  }
}

/** Ops that are replayed between two pauses, at most: some milliseconds. */
const pageOps = 100;

/** Throws a `RebuildError`, or what the reader throws. A `base` at or before `rev` spares the way there; without one it is `baseAt`. */
export async function rebuild(options: RebuildOptions, rev: number, base?: Rebuilt): Promise<Rebuilt> {
  const { machine, room, reader } = options;
  const start = base !== undefined && base.rev <= rev ? base : await baseAt(options, rev);
  const roster = new Roster(start.roster);
  const scope = inertScope(machine, start.input);
  let { domain } = start;
  while (domain.rev < rev) {
    const page = await reader.read(room, domain.rev + 1, Math.min(pageOps, rev - domain.rev));
    if (page.length === 0) throw new RebuildError("notKept", domain.rev + 1, `the log of ${room} ends at rev ${domain.rev}`);
    for (const entry of page) {
      const op = opOf(options, entry.rev, entry.data, domain.rev + 1);
      domain = replayed(options, domain, op, scope);
      roster.apply(op);
    }
    await pause();
  }
  return { rev, domain, roster: roster.list(), input: start.input };
}

/** The newest state at or before `rev` that is kept; or the room's first one, where its log goes back that far. */
export async function baseAt(options: RebuildOptions, rev: number): Promise<Rebuilt> {
  const { def, room, reader } = options;
  const kept = await reader.snapshotAt(room, rev);
  if (kept !== undefined) return restored(options, kept.rev, savedIn(options, kept.rev, kept.data));
  const newest = await reader.snapshotAt(room, Number.MAX_SAFE_INTEGER);
  const [first] = await reader.read(room, 1, 1);
  if (rev < 0 || newest === undefined || first?.rev !== 1)
    throw new RebuildError("notKept", rev, `nothing is kept of ${room} from which its state at rev ${rev} could be had`);
  // A snapshot remembers where its log came to its version; one that came there on the way began in another.
  const { version, migratedAt, input } = savedIn(options, newest.rev, newest.data);
  if (version !== def.version || migratedAt !== undefined) throw otherVersion(options, rev);
  return initial(options, input);
}

/** The snapshot's state, as it was stored. */
export function restored(options: RebuildOptions, rev: number, saved: SavedRoom): Rebuilt {
  const { def, machine, room, limits } = options;
  if (saved.version !== def.version) throw otherVersion(options, rev, saved.version);
  const { input, roster } = saved;
  try {
    return { rev, domain: restoreDomain(machine, rev, saved.domain, inertScope(machine, input), limits.timersMax), roster, input };
  } catch (cause) {
    throw new RebuildError("replay", rev, `the snapshot of ${room} at rev ${rev} cannot be restored: ${messageOf(cause)}`, { cause });
  }
}

export function savedIn({ room }: Pick<RebuildOptions, "room">, rev: number, data: string): SavedRoom {
  try {
    return JSON.parse(data) as SavedRoom;
  } catch (cause) {
    throw new RebuildError("replay", rev, `the snapshot of ${room} at rev ${rev} is no JSON`, { cause });
  }
}

function initial({ machine, room, limits }: RebuildOptions, input: SavedRoom["input"]): Rebuilt {
  try {
    const { state } = initialDomain(machine, input, inertScope(machine, input), limits.timersMax);
    return { rev: 0, domain: state, roster: [], input };
  } catch (cause) {
    throw new RebuildError("replay", 0, `the initial state of ${room} cannot be made: ${messageOf(cause)}`, { cause });
  }
}

function opOf(options: RebuildOptions, rev: number, data: string, expected: number): Op {
  const { room, def } = options;
  if (rev !== expected)
    throw new RebuildError("notKept", expected, `rev ${expected} of ${room} is not kept: the next that is there is ${rev}`);
  let op: Op;
  try {
    op = decodeOpRecord(rev, data);
  } catch (cause) {
    throw new RebuildError("replay", rev, `rev ${rev} of ${room} is no JSON`, { cause });
  }
  if (op.version !== undefined && op.version !== def.version) throw otherVersion(options, rev, op.version);
  return op;
}

function replayed({ machine, room }: RebuildOptions, before: DomainState, op: Op, scope: AnyActorScope): DomainState {
  try {
    return replay(machine, before, op, scope);
  } catch (cause) {
    const why =
      cause instanceof ReplayError && cause.cause !== undefined ? `${cause.message}: ${messageOf(cause.cause)}` : messageOf(cause);
    throw new RebuildError("replay", op.rev, `${room} does not replay: ${why}`, { cause });
  }
}

function otherVersion({ room, def }: RebuildOptions, rev: number, version?: number): RebuildError {
  const wrote = version === undefined ? "another version" : `version ${version}`;
  return new RebuildError(
    "otherVersion",
    rev,
    `${wrote} of '${def.type}' wrote ${room} at rev ${rev}; this is version ${def.version}, which replays only what it wrote itself`,
  );
}

/** Whatever waits gets its turn: sockets, timers. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
