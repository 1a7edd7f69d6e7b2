/**
 * A room that an older version of its type has written, as this version has it: its snapshot by the type's `migrate`, the ops after it by replay.
 * From: load.ts, before anyone is served. Nothing is written here: what cannot be migrated stays as it is, and loads once the right code is there.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject, StateValue } from "xstate";
import type { Clock } from "../clock.ts";
import type { RoomName } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import { carriedServices, carriedTimers, type PersistedServices } from "./carried.ts";
import type { AnyRoomType, NewState, OldState } from "./define-room.ts";
import { type DomainRecord, type DomainState, ReplayError, recordDomain, replay, restoreDomain } from "./domain.ts";
import { acceptedIn } from "./explain.ts";
import { isWithin, nodesOf } from "./nodes.ts";
import type { Op } from "./op.ts";
import { TimerTable } from "./timers.ts";

/** A log that this server's version of the room type cannot go on with. */
export class VersionError extends Error {
  override readonly name = "VersionError";
  constructor(room: RoomName, from: number, to: number, why: string, options?: ErrorOptions) {
    super(`${room} cannot be brought from version ${from} to version ${to}, and is kept as it is: ${why}`, options);
  }
}

/** While nodes are deployed one by one: the room belongs to one with another version of its type. */
export class OtherVersionError extends Error {
  override readonly name = "OtherVersionError";
  constructor(room: RoomName, theirs: number, ours: number) {
    super(`${room} belongs to nodes with version ${theirs} of its type; this one has ${ours} and cannot serve it meanwhile`);
  }
}

export const newerVersion = "this server has an older version than the room";

export interface MigrationOptions {
  readonly def: AnyRoomType;
  /** With this server's services. */
  readonly machine: AnyStateMachine;
  readonly room: RoomName;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** Whatever goes wrong here is a `VersionError`. */
export class Migration {
  readonly #options: MigrationOptions;
  readonly #from: number;
  readonly #scope: AnyActorScope;

  constructor(options: MigrationOptions, from: number, scope: AnyActorScope) {
    this.#options = options;
    this.#from = from;
    this.#scope = scope;
  }

  /** The snapshot at `rev`, as this version has it. */
  begin(rev: number, record: DomainRecord): DomainState {
    const { machine, clock } = this.#options;
    return this.#attempt(() => {
      const now = Math.max(record.at, clock.now());
      const [first, second] = [this.#migrated(rev, record, now), this.#migrated(rev, record, now)];
      if (JSON.stringify(recordDomain(machine, first)) !== JSON.stringify(recordDomain(machine, second)))
        throw new Error("`migrate` gives another state when it runs again");
      this.verify(first);
      return first;
    });
  }

  /**
   * What the old version has accepted, this one has to accept. More is asked for than of a replay: where an op is one whatever the machine
   * says to it, the old version may have done something about it, so this one must not pass it over.
   */
  replay(before: DomainState, op: Op, onCues: (cues: readonly EventObject[]) => void): DomainState {
    const { machine } = this.#options;
    return this.#attempt(() => {
      let isTaken = false;
      const after = replay(machine, before, op, this.#scope, (cues) => {
        isTaken = true;
        onCues(cues);
      });
      const isPassedOver =
        op.timer === undefined
          ? op.event.type === "participant.joined" && acceptedIn(machine, op.event.type).length > 0
          : before.timers.get(op.timer)?.event.type !== op.event.type;
      if (isPassedOver && !isTaken && before.snapshot.status === "active") throw new ReplayError(op);
      return after;
    });
  }

  /** Nothing may be built on a state that does not survive being stored, or that the room type itself calls wrong. */
  verify(domain: DomainState): void {
    const { def, machine } = this.#options;
    this.#attempt(() => {
      const flaw = unplain(domain.snapshot.context, "the state has");
      if (flaw !== undefined) throw new Error(flaw);
      this.#restored(domain.rev, recordDomain(machine, domain));
      for (const [name, holds] of Object.entries(def.invariants))
        if (!holds(domain.snapshot.context)) throw new Error(`then the invariant '${name}' does not hold`);
    });
  }

  /** The machine drops what it does not know, so it is asked for all of it again. */
  #restored(rev: number, record: DomainRecord): DomainState {
    const { machine, limits } = this.#options;
    const domain = restoreDomain(machine, rev, JSON.parse(JSON.stringify(record)) as DomainRecord, this.#scope, limits.timersMax);
    if (sorted(recordDomain(machine, domain)) !== sorted(record))
      throw new Error("the state is another one once it was stored and restored");
    return domain;
  }

  #migrated(rev: number, record: DomainRecord, now: number): DomainState {
    const { def, machine, limits } = this.#options;
    const old = record.machine as PersistedMachine;
    const timers = Object.fromEntries(record.timers.map(({ id, dueAt }) => [id, dueAt]));
    const given = migrated(def, this.#from, structuredClone({ value: old.value, context: old.context, timers }));
    const value = (given.value ?? old.value) as StateValue;
    const snapshot = machine.resolveState({ value, context: given.context }) as AnyMachineSnapshot;
    if (sorted(snapshot.value) !== sorted(value))
      throw new Error(`the machine's states are ${sorted(snapshot.value)}, where \`migrate\` gives ${sorted(value)}`);
    const fresh = { snapshot, scope: this.#scope, now };
    const carried = carriedTimers(fresh, record.timers, given.timers ?? timers);
    if (carried.length > limits.timersMax) throw new Error(`it has more than ${limits.timersMax} timers`);
    const whole: PersistedMachine = {
      ...old,
      value,
      context: given.context,
      status: snapshot.status,
      historyValue: keptHistory(machine, old.historyValue),
      children: carriedServices(fresh, old.children),
    };
    return this.#restored(rev, { at: record.at, machine: whole, timers: new TimerTable(carried, limits.timersMax).list() });
  }

  #attempt<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof VersionError) throw error;
      const { room, def } = this.#options;
      const why = error instanceof Error ? error.message : String(error);
      throw new VersionError(room, this.#from, def.version, why, { cause: error });
    }
  }
}

/** As xstate persists a machine: plain JSON. */
interface PersistedMachine {
  readonly value: StateValue;
  readonly context: unknown;
  readonly status: string;
  readonly historyValue: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly children: PersistedServices;
}

function migrated(def: AnyRoomType, from: number, state: OldState): NewState<AnyStateMachine> {
  if (from > def.version) throw new Error(newerVersion);
  if (def.migrate === undefined) throw new Error(`'${def.type}' has no \`migrate\``);
  const given: unknown = def.migrate(from, state);
  const flaw = unplain(given, "`migrate` gives");
  if (flaw !== undefined) throw new Error(flaw);
  if (typeof given !== "object" || given === null || !("context" in given)) throw new Error("`migrate` gives no {context}");
  return given as NewState<AnyStateMachine>;
}

/** Where a value is something that would not come back from JSON as it is. A key without a value is one that is not there. */
function unplain(value: unknown, what: string, path = ""): string | undefined {
  const flaw = (name: string) => `${what} ${name}${path === "" ? "" : ` at ${path.slice(1)}`}, which JSON does not have`;
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "string":
      return value.isWellFormed() ? undefined : flaw("half a character");
    case "number":
      return Number.isFinite(value) ? undefined : flaw(String(value));
    case "object": {
      if (value === null) return undefined;
      const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
      if (!isPlain) return flaw(`a ${value.constructor.name}`);
      for (const [key, part] of Array.isArray(value) ? [...value].entries() : Object.entries(value)) {
        const found = part === undefined && !Array.isArray(value) ? undefined : unplain(part, what, `${path}.${key}`);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    default:
      return flaw(typeof value);
  }
}

/** What a history state remembers holds only as a whole. Without it, it is as if its parent was never left. */
function keptHistory(machine: AnyStateMachine, history: PersistedMachine["historyValue"]): PersistedMachine["historyValue"] {
  const nodes = new Map(nodesOf(machine.root).map((node) => [node.id, node]));
  return Object.fromEntries(
    Object.entries(history).filter(([key, remembered]) => {
      const parent = nodes.get(key)?.parent;
      return remembered.every(({ id }) => {
        const node = nodes.get(id);
        return parent !== undefined && node !== undefined && isWithin(node, parent);
      });
    }),
  );
}

/** As text that is the same whatever the order of the keys. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
