/**
 * What a watcher keeps for somebody who comes later: who lives, and the newest messages. Told in this order it is all that they need.
 * From: the stream of /api/stream. To: Stately's page, whenever it connects.
 */
import type { ActorId, ActorMessage, StatelyMessage } from "./messages.ts";

const newestMax = 1_000;

export class Kept {
  /** Who lived right before the newest messages, in the state of that moment; parents first. */
  readonly #living = new Map<ActorId, ActorMessage>();
  readonly #newest: StatelyMessage[] = [];
  /** With `room`: the actors that are its own, and the server. */
  readonly #shown = new Set<ActorId>();
  readonly #room: string | undefined;

  /** `room`: of it and what is below it alone, beside the server. */
  constructor(room: string | undefined) {
    this.#room = room;
  }

  get all(): readonly StatelyMessage[] {
    return [...this.#living.values(), ...this.#newest];
  }

  /** Whether the message is for those who watch this. */
  add(message: StatelyMessage): boolean {
    if (!this.#isShown(message)) return false;
    this.#newest.push(message);
    const oldest = this.#newest.length > newestMax ? this.#newest.shift() : undefined;
    if (oldest !== undefined) this.#fold(oldest);
    return true;
  }

  clear(): void {
    this.#living.clear();
    this.#newest.length = 0;
    this.#shown.clear();
  }

  #isShown(message: StatelyMessage): boolean {
    if (this.#room === undefined) return true;
    const { sessionId } = message;
    if (message.type === "@xstate.actor" && this.#belongs(message)) this.#shown.add(sessionId);
    const isShown = this.#shown.has(sessionId);
    if (hasEnded(message)) this.#shown.delete(sessionId);
    return isShown;
  }

  #belongs({ sessionId, parentId }: ActorMessage): boolean {
    if (parentId === undefined || parentId === "server") return sessionId === "server" || sessionId === `room:${this.#room}`;
    return this.#shown.has(parentId);
  }

  #fold(message: StatelyMessage): void {
    const { sessionId } = message;
    if (message.type === "@xstate.actor") this.#living.set(sessionId, message);
    if (message.type !== "@xstate.snapshot") return;
    const actor = this.#living.get(sessionId);
    if (actor !== undefined) this.#living.set(sessionId, { ...actor, snapshot: message.snapshot });
    if (hasEnded(message)) this.#end(sessionId);
  }

  /** What is below ends with it. */
  #end(sessionId: ActorId): void {
    this.#living.delete(sessionId);
    for (const [id, { parentId }] of this.#living) if (parentId !== undefined && !this.#living.has(parentId)) this.#living.delete(id);
  }
}

const hasEnded = (message: StatelyMessage): boolean => message.type === "@xstate.snapshot" && message.snapshot.status !== "active";
