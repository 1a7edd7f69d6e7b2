/**
 * Records what actors do, cheaply, in the words of Stately's inspector: a ring of the newest messages, and who lives now.
 * From: XState's own inspection, of the actors that watching.ts names. To: watchers, in small batches.
 * Nothing is kept but what a subject's allow-list gives, and nothing is encoded here.
 */
import type { AnyActorRef, AnyMachineSnapshot, EventObject, Snapshot } from "xstate";
import type { Clock } from "../clock.ts";
import {
  type ActorId,
  type ActorMessage,
  type InspectedEvent,
  type InspectedSnapshot,
  type InspectMessage,
  inspectProtocol,
} from "./messages.ts";

/** An actor as far as it is recorded: one of xstate's, or what does as they do. Inspection also tells of what else is in its system. */
interface Inspected {
  getSnapshot(): unknown;
  readonly system: { readonly inspect: (listener: (happening: Happening) => void) => { unsubscribe(): void } };
}
/** Of xstate's inspection events those that are looked at, and others. */
interface Happening {
  readonly type: string;
  readonly actorRef?: unknown;
  readonly event?: EventObject;
  readonly snapshot?: unknown;
}

/** An actor to record. */
export interface Subject {
  readonly id: ActorId;
  readonly parentId: ActorId | undefined;
  readonly name: string;
  /** As in an ActorMessage. */
  readonly definition: string;
  /** Not there for the root of all, which is no actor. */
  readonly actor?: Inspected;
  /** The allow-list: what of a snapshot may be shown besides its value. Of constant cost. */
  readonly project?: (snapshot: AnyMachineSnapshot) => Readonly<Record<string, unknown>>;
  /** Who sent the event that is being handled. */
  readonly author?: () => Pick<InspectedEvent, "by" | "seq"> | undefined;
  readonly rev?: () => number;
  /** After each of its snapshots. */
  readonly onSnapshot?: (snapshot: AnyMachineSnapshot) => void;
}

export interface Watching {
  send(messages: readonly InspectMessage[]): void;
}

export interface RecorderOptions {
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

const ringMax = 4_096;
const batchEveryMs = 50;
/** Watchers are sent no longer arrays at once. */
const batchMax = 500;
const rootId: ActorId = "server";

interface Living {
  readonly subject: Subject;
  readonly stop: () => void;
  /** Services of a domain, by XState's own actor. */
  readonly services: Map<AnyActorRef, ActorId>;
  /** What was told of it last. */
  seen: Snapshot<unknown> | undefined;
  rev: number | undefined;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #living = new Map<ActorId, Living>();
  readonly #watchers = new Set<Watching>();
  #ring: InspectMessage[] = [];
  /** Where the next one goes once the ring is full. */
  #next = 0;
  #pending: InspectMessage[] = [];
  #cancelBatch: (() => void) | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Announces it, and records it until `remove`, or until another one by this id comes. */
  add(subject: Subject): void {
    this.#forget(subject.id);
    const { id, actor } = subject;
    const services = new Map<AnyActorRef, ActorId>();
    const subscription = actor?.system.inspect((event) => this.#inspected(id, event));
    this.#living.set(id, { subject, services, seen: undefined, rev: undefined, stop: () => subscription?.unsubscribe() });
    this.emit(this.#introduce(subject));
    if (actor !== undefined) this.#meetServices(id, actor.getSnapshot() as Snapshot<unknown>);
  }

  /** With all below it. */
  remove(id: ActorId): void {
    for (const [child, { subject }] of [...this.#living]) if (subject.parentId === id) this.remove(child);
    this.#forget(id);
  }

  /** Into the ring, and to everyone who watches. */
  emit(message: InspectMessage): void {
    if (this.#ring.length < ringMax) this.#ring.push(message);
    else {
      this.#ring[this.#next] = message;
      this.#next = (this.#next + 1) % ringMax;
    }
    if (this.#watchers.size === 0) return;
    this.#pending.push(message);
    if (this.#pending.length >= batchMax) this.#sendBatch();
    else this.#cancelBatch ??= this.#options.clock.setTimer(batchEveryMs, () => this.#sendBatch());
  }

  /** Tells who lives now, parents first, then the ring, then what happens. Returns how to stop. */
  watch(watcher: Watching): () => void {
    this.#sendBatch();
    const living = [...this.#living.values()].map(({ subject }) => this.#introduce(subject));
    const ring = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    const past = ring.filter((message) => message.type !== "@xstate.actor" || !this.#living.has(message.sessionId));
    for (const message of [...living, ...past].reduce(inBatches, [])) watcher.send(message);
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  stop(): void {
    for (const { stop } of this.#living.values()) stop();
    this.#living.clear();
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    this.#pending = [];
    this.#ring = [];
    this.#next = 0;
  }

  #sendBatch(): void {
    this.#cancelBatch?.();
    this.#cancelBatch = undefined;
    const messages = this.#pending;
    this.#pending = [];
    if (messages.length > 0) for (const watcher of this.#watchers) watcher.send(messages);
  }

  #forget(id: ActorId): void {
    this.#living.get(id)?.stop();
    this.#living.delete(id);
  }

  /** Called within a transition: a failure of this must not become one of the actor (L13). */
  #inspected(id: ActorId, { type, actorRef, event, snapshot }: Happening): void {
    if (event === undefined) return;
    try {
      if (type === "@xstate.event") this.#happened(id, actorRef as AnyActorRef, event);
      else if (type === "@xstate.snapshot") this.#moved(id, actorRef as AnyActorRef, event, snapshot as Snapshot<unknown>);
    } catch (error) {
      this.#forget(id);
      this.#options.onTrouble(error);
    }
  }

  #happened(id: ActorId, actor: AnyActorRef, event: EventObject): void {
    const living = this.#living.get(id);
    if (living === undefined) return;
    const own = actor === living.subject.actor;
    const sessionId = own ? id : this.#service(living, actor);
    this.emit({
      type: "@xstate.event",
      sessionId,
      sourceId: own ? undefined : id,
      event: own ? describe(event, living.subject) : { type: event.type },
      createdAt: this.#now(),
      id: null,
      rootId,
      _version: inspectProtocol,
    });
  }

  #moved(id: ActorId, actor: AnyActorRef, event: EventObject, snapshot: Snapshot<unknown>): void {
    const living = this.#living.get(id);
    if (living === undefined) return;
    const { subject } = living;
    const own = actor === subject.actor;
    const sessionId = own ? id : this.#service(living, actor);
    const rev = own ? subject.rev?.() : undefined;
    // An event that nobody took leaves everything as it was: there is no news in it.
    if (own && snapshot === living.seen && rev === living.rev) return;
    if (own) Object.assign(living, { seen: snapshot, rev });
    this.emit({
      type: "@xstate.snapshot",
      sessionId,
      event: { type: event.type },
      snapshot: own ? seen(snapshot, subject) : { status: snapshot.status, context: {} },
      ...(rev === undefined ? {} : { rev }),
      createdAt: this.#now(),
      id: null,
      rootId,
      _version: inspectProtocol,
    });
    if (!own) return;
    this.#meetServices(id, snapshot);
    subject.onSnapshot?.(snapshot as AnyMachineSnapshot);
  }

  /** Those that are new are announced; of those that are gone the last word is told. */
  #meetServices(id: ActorId, snapshot: Snapshot<unknown>): void {
    const living = this.#living.get(id);
    const children = (snapshot as Partial<AnyMachineSnapshot>).children as Readonly<Record<string, AnyActorRef>> | undefined;
    if (living === undefined || children === undefined) return;
    for (const service of Object.values(children)) this.#service(living, service);
    if (living.services.size === 0) return;
    const present = new Set(Object.values(children));
    for (const [service, serviceId] of living.services) {
      if (present.has(service)) continue;
      living.services.delete(service);
      this.#living.delete(serviceId);
      const { status } = service.getSnapshot() as Snapshot<unknown>;
      this.#ended(serviceId, status === "active" ? "stopped" : status);
    }
  }

  #ended(sessionId: ActorId, status: InspectedSnapshot["status"]): void {
    this.emit({
      type: "@xstate.snapshot",
      sessionId,
      event: { type: "xstate.stop" },
      snapshot: { status, context: {} },
      createdAt: this.#now(),
      id: null,
      rootId,
      _version: inspectProtocol,
    });
  }

  #service(living: Living, actor: AnyActorRef): ActorId {
    const known = living.services.get(actor);
    if (known !== undefined) return known;
    const { subject } = living;
    const id = `${subject.id.replace(/^domain:/, "service:")}/${actor.id}`;
    living.services.set(actor, id);
    const src: unknown = (actor as { readonly src?: unknown }).src;
    const definition = JSON.stringify({ id: typeof src === "string" ? src : actor.id });
    const service = { id, parentId: subject.id, name: actor.id, definition };
    this.#living.set(id, { subject: service, services: new Map(), seen: undefined, rev: undefined, stop: () => undefined });
    this.emit(this.#introduce(service));
    return id;
  }

  #introduce(subject: Subject): ActorMessage {
    const { id, parentId, name, definition, actor } = subject;
    return {
      type: "@xstate.actor",
      sessionId: id,
      parentId,
      name,
      definition,
      snapshot: actor === undefined ? { status: "active", context: {} } : seen(actor.getSnapshot() as Snapshot<unknown>, subject),
      createdAt: this.#now(),
      id: null,
      rootId,
      _version: inspectProtocol,
    };
  }

  #now(): string {
    return String(this.#options.clock.now());
  }
}

function describe(event: EventObject, { author }: Subject): InspectedEvent {
  const by = author?.();
  return by === undefined ? { type: event.type } : { type: event.type, ...by };
}

function seen(snapshot: Snapshot<unknown>, { project }: Subject): InspectedSnapshot {
  const { value } = snapshot as Partial<AnyMachineSnapshot>;
  const context = project?.(snapshot as AnyMachineSnapshot) ?? {};
  return value === undefined ? { status: snapshot.status, context } : { status: snapshot.status, value, context };
}

function inBatches(batches: InspectMessage[][], message: InspectMessage): InspectMessage[][] {
  const last = batches.at(-1);
  if (last === undefined || last.length >= batchMax) batches.push([message]);
  else last.push(message);
  return batches;
}
