/**
 * Presence between nodes: each says what its own clients do, to all that have the room. From: room-sessions.ts, places.ts, and other nodes by room-cluster.ts.
 * Words overtake the log, come late, or get lost. So one counts only while the roster has that client under that number, and all is said again and again.
 */
import type { RosterEntry } from "../protocol/frames.ts";
import type { Op } from "../room/op.ts";
import type { Room } from "../room/room.ts";
import type { PresenceOf } from "./messages.ts";

/** Of one message. */
const statesMax = 200;
/** So long a word that was lost, or came too late, may stand. */
const againEveryMs = 10_000;
/** Words that wait. */
const earlyMax = 1_000;

export class Presences {
  readonly #room: Room;
  readonly #tell: (states: readonly PresenceOf[]) => void;
  /** By number, as far as the log was told here. */
  #roster = new Map<number, Pick<RosterEntry, "user" | "client">>();
  /** By client: what does not count yet. */
  readonly #early = new Map<string, PresenceOf>();
  #unsaid = new Map<number, PresenceOf>();
  #saidAllMs = 0;

  constructor(room: Room, tell: (states: readonly PresenceOf[]) => void) {
    this.#room = room;
    this.#tell = tell;
  }

  /** What a client here does; `null`: nothing any more. With the next flush. */
  say(who: number, client: string, state: unknown): void {
    this.#unsaid.set(who, [who, client, state]);
  }

  flush(): void {
    if (this.#unsaid.size === 0) return;
    const states = [...this.#unsaid.values()];
    this.#unsaid = new Map();
    this.#send(states);
  }

  /** Of all clients of this node. Who has no connection does nothing. */
  sayAll(): void {
    const { sessions, options } = this.#room;
    this.#saidAllMs = options.clock.monotonic();
    const states: PresenceOf[] = [];
    for (const { who, client, socket } of sessions) {
      if (this.#roster.get(who)?.client !== client) continue;
      if (socket === undefined) sessions.presenceOf(who, null);
      states.push([who, client, sessions.presence.get(who) ?? null]);
    }
    this.#send(states);
  }

  /** Also what others said: for a node that begins to listen. */
  sayKnown(): void {
    const states = [...this.#room.sessions.presence].flatMap(([who, state]): PresenceOf[] => {
      const client = this.#roster.get(who)?.client;
      return client === undefined ? [] : [[who, client, state]];
    });
    this.#send(states);
  }

  sweep(nowMs: number): void {
    if (nowMs - this.#saidAllMs > againEveryMs) this.sayAll();
  }

  /** What another node says. */
  heard(states: readonly PresenceOf[]): void {
    for (const said of states) {
      const [who, client, state] = said;
      if (this.#counts(said)) this.#room.sessions.presenceOf(who, state);
      else this.#wait(client, said);
    }
  }

  /** These are durable, and told here. */
  applied(ops: readonly Op[]): void {
    for (const { event, who, by } of ops) {
      if (event.type === "participant.joined") {
        this.#roster.set(who, by);
        this.#now(by.client);
      } else if (event.type === "participant.left") {
        this.#roster.delete(who);
        this.#room.sessions.presenceOf(who, null);
      }
    }
  }

  /** The room was loaded: whoever is not in its roster is gone. */
  loaded(roster: readonly RosterEntry[]): void {
    const before = this.#roster;
    this.#roster = new Map(roster.map((entry) => [entry.who, entry]));
    for (const [who, { client }] of before) if (this.#roster.get(who)?.client !== client) this.#room.sessions.presenceOf(who, null);
    for (const { client } of roster) this.#now(client);
  }

  /** Its session here is given up: what its new node said counts now. */
  moved(client: string): void {
    this.#now(client);
  }

  /** Of who is connected here nobody else knows better. */
  #counts([who, client]: PresenceOf): boolean {
    const entry = this.#roster.get(who);
    return entry?.client === client && this.#room.sessions.find(entry.user, client)?.socket === undefined;
  }

  #wait(client: string, said: PresenceOf): void {
    this.#early.delete(client);
    this.#early.set(client, said);
    const [oldest] = this.#early.keys();
    if (this.#early.size > earlyMax && oldest !== undefined) this.#early.delete(oldest);
  }

  #now(client: string): void {
    const said = this.#early.get(client);
    if (said === undefined || !this.#counts(said)) return;
    this.#early.delete(client);
    this.#room.sessions.presenceOf(said[0], said[2]);
  }

  #send(states: readonly PresenceOf[]): void {
    for (let start = 0; start < states.length; start += statesMax) this.#tell(states.slice(start, start + statesMax));
  }
}
