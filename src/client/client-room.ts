/**
 * A room as an app has it: the view of what is confirmed and what is pending, what may be sent, and why not. The types are create-room.ts's.
 * From: the app. To: sync.ts.
 */
import type { AnyMachineSnapshot, EventObject } from "xstate";
import { findFlaw } from "../protocol/checked-json.ts";
import { share } from "../protocol/share.ts";
import { parseCommand } from "../room/commands.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { stampEvent } from "../room/domain.ts";
import { type Verdict, verdict } from "../room/verdict.ts";
import { Emitter } from "./emitter.ts";
import type { Status } from "./link.ts";
import type { Entry } from "./pending.ts";
import { predict, type Sender } from "./prediction.ts";
import type { Presence } from "./presence.ts";
import { type Selection, select } from "./select.ts";
import { Sync, type SyncOptions } from "./sync.ts";

export interface Me extends Sender {
  readonly name: string;
}

export interface ConnectionView {
  /** `live`: in step. `catchingUp`: connected, and not yet in step. */
  readonly status: Status;
  /** Why, where it was told: a code of SPEC ERR-1, and words for people. */
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** When the next attempt is due, ms since the Unix epoch by this device's clock; only in `backoff`. */
  readonly retryAt: number | undefined;
  /** false: the room told that it cannot save at the moment; commands wait. */
  readonly saving: boolean;
}

interface PendingView {
  readonly seq: number;
  readonly command: EventObject;
  readonly at: number;
  readonly predicted: boolean;
}

/** A frame's limits (SPEC CONN-5), less what stands around a command. */
const commandKeysMax = 4_990;
const commandDepthMax = 30;
/** At most three bytes each. */
const commandUnitsMax = 20_000;

/** The methods are arrows, so that `const { send } = room` works, too. */
export class ClientRoom {
  readonly definition: AnyRoomType;
  readonly id: string;
  readonly presence: Presence;
  readonly #events = new Emitter();
  readonly #sync: Sync;
  #view: AnyMachineSnapshot;
  #viewIsOld = true;
  #pending: readonly PendingView[] = [];
  #me: Me | undefined;
  #connection: ConnectionView | undefined;

  constructor(definition: AnyRoomType, options: SyncOptions) {
    this.definition = definition;
    this.id = options.id;
    this.#sync = new Sync(definition, options, this.#events, () => {
      this.#viewIsOld = true;
    });
    this.presence = this.#sync.presence;
    this.#view = this.#sync.replica.snapshot;
  }

  start(): Promise<void> {
    return this.#sync.start();
  }

  get state(): AnyMachineSnapshot {
    if (this.#viewIsOld) this.#show(this.confirmed, this.#sync.pending.entries);
    return this.#view;
  }

  /** `entries` on top of `base`, which has all that come before them. */
  #show(base: AnyMachineSnapshot, entries: readonly Entry[]): void {
    const { replica, sender } = this.#sync;
    this.#viewIsOld = false;
    this.#view = predict(
      this.definition,
      { snapshot: base, rev: replica.rev, scope: replica.scope },
      entries,
      sender,
      this.#view,
      (error) => this.tell("trouble", { code: "prediction", message: "The machine failed.", error }),
    );
  }

  get confirmed(): AnyMachineSnapshot {
    return this.#sync.replica.snapshot;
  }

  get rev(): number {
    return this.#sync.replica.rev;
  }

  get roster() {
    return this.#sync.replica.roster;
  }

  get pending(): readonly PendingView[] {
    void this.state; // brings `predicted` up to date
    this.#pending = share(this.#pending, this.#sync.pending.entries.map(view));
    return this.#pending;
  }

  get me(): Me | undefined {
    const { sender } = this.#sync;
    if (sender === undefined) return undefined;
    const role = this.definition.role?.(this.state.context, sender.user) ?? sender.role;
    const name = this.roster.get(sender.who)?.name ?? this.#me?.name ?? "";
    this.#me = share(this.#me, { ...sender, role, name });
    return this.#me;
  }

  get connection(): ConnectionView {
    const { link, isSaving } = this.#sync;
    const { code, reason } = link.why;
    this.#connection = share(this.#connection, { status: link.status, code, reason, retryAt: link.retryAt, saving: isSaving });
    return this.#connection;
  }

  readonly now = (): number => this.#sync.now;

  readonly subscribe = (listener: () => void): (() => void) => this.on("change", listener);

  readonly on = (name: string, listener: (event: never) => void): (() => void) => this.#events.on(name, listener);

  /** From one instrument of this room to those who listen. */
  readonly tell = (name: string, event: unknown): void => this.#events.emit(name, event);

  readonly select = <T>(fn: (state: AnyMachineSnapshot) => T, equal: (before: T, after: T) => boolean = Object.is): Selection<T> =>
    select(this, fn, equal);

  readonly send = (command: { readonly type: string }) => {
    const { pending, pendingMax, link } = this.#sync;
    const refuse = (code: string, reason: string) => ({ seq: 0, predicted: false, settled: Promise.resolve({ ok: false, code, reason }) });
    const checked = this.#check(command);
    if (!checked.ok) return refuse(checked.code, checked.reason);
    if (link.status === "closed") return refuse("closed", "The room was closed here.");
    if (pending.entries.length >= pendingMax) return refuse("full", `${pendingMax} commands are open already.`);
    const base = this.state;
    const entry = pending.add(checked.event as EventObject, this.now(), this.me?.user);
    this.#show(base, [entry]);
    this.#sync.save();
    this.#events.changed();
    return entry;
  };

  readonly can = (command: { readonly type: string }): boolean => this.explain(command).verdict !== "refused";

  readonly explain = (command: { readonly type: string }): Verdict<AnyRoomType> => {
    const checked = this.#check(command);
    if (!checked.ok) return { verdict: "refused", code: checked.code, reason: checked.reason };
    const { me } = this;
    if (me === undefined) return { verdict: "unknown" };
    const { user, role, client, who } = me;
    const op = { rev: this.rev + 1, at: this.now(), who, by: { user, role, client }, seq: this.#sync.pending.nextSeq };
    return verdict(this.definition, this.state, stampEvent({ ...op, event: checked.event as EventObject }));
  };

  readonly whenSynced = (): Promise<void> => {
    return new Promise((resolve, reject) => {
      const check = () => {
        const { status, reason } = this.connection;
        if (status === "closed") reject(new Error(reason ?? "The room was closed here."));
        else if (status !== "live" || this.#sync.pending.entries.length > 0) return;
        else resolve();
        stop();
      };
      const stop = this.subscribe(check);
      check();
    });
  };

  readonly setToken = (token: string): void => {
    this.#sync.setToken(token);
  };

  readonly connect = (): void => {
    this.#sync.connect();
  };

  readonly leave = (): Promise<void> => this.#sync.close({ bye: true });

  /** Leaves, and nobody will be this client again. */
  readonly vanish = (): Promise<void> => this.#sync.close({ bye: true, forget: true });

  readonly close = (): Promise<void> => {
    return this.#sync.close({});
  };

  /** By the room's schemas, and by what the server takes of any frame: a command that it refuses there would have no fate (SPEC CMD-1). */
  #check(command: { readonly type: string }): ReturnType<typeof parseCommand> {
    const parsed = parseCommand(this.definition.commands, command);
    if (!parsed.ok) return parsed;
    const isLong = JSON.stringify(parsed.event).length > commandUnitsMax;
    const flaw = isLong ? "The command is too long." : findFlaw(parsed.event, commandKeysMax, commandDepthMax);
    return flaw === undefined ? parsed : { ok: false, code: "payload", reason: flaw };
  }
}

/** One object per entry and prediction, so that lists of them can be compared. */
export function view(entry: Entry): PendingView {
  const { seq, event, at, predicted } = entry;
  entry.view = share(entry.view, { seq, command: event, at, predicted });
  return entry.view as PendingView;
}
