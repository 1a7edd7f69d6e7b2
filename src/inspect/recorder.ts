/**
 * Records what actors do, cheaply, in the words of Stately's inspector, and who lives now.
 * From: XState's own inspection, of the actors that inspection.ts names. To: broadcast.ts.
 * Nothing is kept but what a subject's allow-list gives, and nothing is encoded here. Who cannot be recorded is forgotten, and nothing else comes of it (L13).
 */
import type { AnyActorRef, AnyMachineSnapshot, EventObject, Snapshot } from "xstate";
import type { Clock } from "../clock.ts";
import { Broadcast, type Watching } from "./broadcast.ts";
import { type ActorId, type ActorMessage, type InspectedSnapshot, type InspectMessage, inspectProtocol } from "./messages.ts";
import { describe, type Happening, type Subject, seen } from "./subject.ts";

export interface RecorderOptions {
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

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
  /** Parents first. */
  readonly #living = new Map<ActorId, Living>();
  readonly #below = new Map<ActorId, Set<ActorId>>();
  readonly #broadcast: Broadcast;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#broadcast = new Broadcast({ ...options, onUnsendable: (message, error) => this.#unsendable(message, error) });
  }

  /** Announces it, and records it until `remove`, or until another one by this id comes: then what was below the one before has ended. */
  add(subject: Subject): void {
    const { id, actor } = subject;
    const before = this.#living.get(id);
    if (before !== undefined) this.#endServices(before);
    this.remove(id);
    const introduced = this.#introduce(subject);
    if (introduced === undefined) return;
    const subscription = actor?.system.inspect((event) => this.#inspected(id, event));
    this.#put(subject, () => subscription?.unsubscribe());
    this.emit(introduced);
    if (actor !== undefined) this.#meetServices(id, actor.getSnapshot() as Snapshot<unknown>);
  }

  /** With all below it. */
  remove(id: ActorId): void {
    for (const child of this.#below.get(id) ?? []) this.remove(child);
    const living = this.#living.get(id);
    if (living === undefined) return;
    living.stop();
    this.#living.delete(id);
    const { parentId } = living.subject;
    if (parentId === undefined) return;
    const siblings = this.#below.get(parentId);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#below.delete(parentId);
  }

  emit(message: InspectMessage): void {
    this.#broadcast.emit(message);
  }

  /** Tells who lives now, parents first, then what was last, then what happens. Returns how to stop. */
  watch(watcher: Watching): () => void {
    this.#broadcast.flush();
    const living: ActorMessage[] = [];
    for (const { subject } of this.#living.values()) {
      const introduced = this.#introduce(subject);
      if (introduced !== undefined) living.push(introduced);
    }
    const past = this.#broadcast.past.filter((message) => message.type !== "@xstate.actor" || !this.#living.has(message.sessionId));
    return this.#broadcast.watch(watcher, [...living, ...past]);
  }

  stop(): void {
    for (const { stop } of this.#living.values()) stop();
    this.#living.clear();
    this.#below.clear();
    this.#broadcast.stop();
  }

  #put(subject: Subject, stop: () => void): void {
    const { id, parentId } = subject;
    this.#living.set(id, { subject, services: new Map(), seen: undefined, rev: undefined, stop });
    if (parentId === undefined) return;
    const siblings = this.#below.get(parentId) ?? new Set();
    this.#below.set(parentId, siblings.add(id));
  }

  /** For those who watch it has ended. */
  #failed(id: ActorId, error: unknown): void {
    const living = this.#living.get(id);
    if (living !== undefined) {
      this.#endServices(living);
      this.remove(id);
      this.#ended(id, "stopped");
    }
    this.#options.onTrouble(error);
  }

  /** Its room type's `inspect` gave what is no JSON. Whoever is forgotten already was told of. */
  #unsendable(message: InspectMessage, error: unknown): void {
    if (!("sessionId" in message)) this.#options.onTrouble(error);
    else if (this.#living.has(message.sessionId)) this.#failed(message.sessionId, error);
  }

  /** Called within a transition: a failure of this must not become one of the actor (L13). */
  #inspected(id: ActorId, { type, actorRef, event, snapshot }: Happening): void {
    if (event === undefined) return;
    try {
      if (type === "@xstate.event") this.#happened(id, actorRef as AnyActorRef, event);
      else if (type === "@xstate.snapshot") this.#moved(id, actorRef as AnyActorRef, event, snapshot as Snapshot<unknown>);
    } catch (error) {
      this.#failed(id, error);
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
    for (const service of living.services.keys()) if (!present.has(service)) this.#serviceEnded(living, service);
  }

  #endServices(living: Living): void {
    for (const service of living.services.keys()) this.#serviceEnded(living, service);
  }

  #serviceEnded(living: Living, service: AnyActorRef): void {
    const id = living.services.get(service);
    if (id === undefined) return;
    living.services.delete(service);
    this.remove(id);
    const { status } = service.getSnapshot() as Snapshot<unknown>;
    this.#ended(id, status === "active" ? "stopped" : status);
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
    // One that was started again has the id of the one before.
    for (const [other, otherId] of living.services) if (otherId === id) this.#serviceEnded(living, other);
    living.services.set(actor, id);
    const src: unknown = (actor as { readonly src?: unknown }).src;
    const definition = JSON.stringify({ id: typeof src === "string" ? src : actor.id });
    const service = { id, parentId: subject.id, name: actor.id, definition };
    this.#put(service, () => undefined);
    const introduced = this.#introduce(service);
    if (introduced !== undefined) this.emit(introduced);
    return id;
  }

  /** `undefined`: it cannot be shown, and is forgotten. */
  #introduce(subject: Subject): ActorMessage | undefined {
    const { id, parentId, name, definition, actor } = subject;
    let snapshot: InspectedSnapshot;
    try {
      snapshot = actor === undefined ? { status: "active", context: {} } : seen(actor.getSnapshot() as Snapshot<unknown>, subject);
    } catch (error) {
      this.#failed(id, error);
      return undefined;
    }
    return {
      type: "@xstate.actor",
      sessionId: id,
      parentId,
      name,
      definition,
      snapshot,
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
