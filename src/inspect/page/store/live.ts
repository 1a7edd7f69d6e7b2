/**
 * What the stream has told: actors, rooms, the log, life lines. From: stream.ts, a frame's messages at a time. To: every view. Pure.
 * Whenever the stream begins anew, it tells again who lives now and what it still has; what was heard before is not heard twice.
 */
import type { StateValue } from "xstate";
import type { RoomRow } from "../../api.ts";
import type {
  ActorId,
  ActorMessage,
  EventMessage,
  InspectedSnapshot,
  InspectMessage,
  RoomMessage,
  SnapshotMessage,
} from "../../messages.ts";
import { bounded, type LifeLine, moved } from "./lines.ts";
import { appended, type Entry, entryOf } from "./log.ts";

export interface Actor {
  readonly id: ActorId;
  readonly parent: ActorId | undefined;
  /** `undefined`: the server itself. */
  readonly room: string | undefined;
  readonly name: string;
  readonly definition: string;
  readonly snapshot: InspectedSnapshot;
  readonly at: number;
  readonly rev: number | undefined;
  /** The step that led here, for the chart to show. */
  readonly step: { readonly n: number; readonly event: string; readonly before: StateValue | undefined } | undefined;
}
export interface Room extends RoomRow {
  readonly snapshots: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
}
export interface Live {
  readonly actors: ReadonlyMap<ActorId, Actor>;
  readonly rooms: ReadonlyMap<string, Room>;
  readonly log: readonly Entry[];
  readonly lines: ReadonlyMap<ActorId, LifeLine>;
  /** The next entry's key. */
  readonly next: number;
  /** The newest refusal's number. */
  readonly refusal: number;
  /** The newest message's time. */
  readonly newest: number;
  /** What was heard before the stream began anew: up to when, and who lived. */
  readonly before: { readonly until: number; readonly actors: ReadonlySet<ActorId> } | undefined;
}

export const nothing: Live = {
  actors: new Map(),
  rooms: new Map(),
  log: [],
  lines: new Map(),
  next: 1,
  refusal: 0,
  newest: 0,
  before: undefined,
};

/** The stream begins anew. */
export const renewed = (live: Live): Live => ({
  ...live,
  actors: new Map(),
  before: { until: live.newest, actors: new Set([...live.actors.keys(), ...(live.before?.actors ?? [])]) },
});

/** Rooms by HTTP: what the stream has told of a running one is newer. */
export function listed(live: Live, rows: readonly RoomRow[]): Live {
  const rooms = new Map(live.rooms);
  for (const row of rows) {
    const known = rooms.get(row.room);
    if (known === undefined || known.state === "asleep") rooms.set(row.room, { snapshots: {}, refusals: {}, ...row });
  }
  return { ...live, rooms };
}

export function told(live: Live, messages: readonly InspectMessage[]): Live {
  const telling = new Telling(live);
  for (const message of messages) telling.hear(message);
  return telling.live;
}

const endedActorsMax = 100;

class Telling {
  #live: Live;
  readonly #actors: Map<ActorId, Actor>;
  readonly #rooms: Map<string, Room>;
  readonly #lines: Map<ActorId, LifeLine>;
  readonly #entries: Entry[] = [];
  #next: number;
  #newest: number;

  constructor(live: Live) {
    this.#live = live;
    this.#actors = new Map(live.actors);
    this.#rooms = new Map(live.rooms);
    this.#lines = new Map(live.lines);
    this.#next = live.next;
    this.#newest = live.newest;
  }

  get live(): Live {
    this.#forgetEnded();
    return {
      ...this.#live,
      actors: this.#actors,
      rooms: this.#rooms,
      lines: bounded(this.#lines),
      log: appended(this.#live.log, this.#entries),
      next: this.#next,
      newest: this.#newest,
    };
  }

  hear(message: InspectMessage): void {
    if (message.type === "quorate.dropped") {
      this.#log(message, undefined);
      this.#live = { ...this.#live, before: { until: this.#newest, actors: new Set(this.#actors.keys()) } };
      this.#actors.clear();
    } else if (message.type === "quorate.room") this.#room(message);
    else if (message.type === "quorate.refused") {
      if (message.n <= this.#live.refusal) return;
      this.#live = { ...this.#live, refusal: message.n };
      this.#log(message, undefined);
    } else this.#stately(message);
  }

  #stately(message: ActorMessage | EventMessage | SnapshotMessage): void {
    const at = Number(message.createdAt);
    const { before } = this.#live;
    // In the same millisecond a message may be told twice, which is better than one that is lost.
    const isNew = before === undefined || at >= before.until;
    this.#newest = Math.max(this.#newest, at);
    if (message.type === "@xstate.actor") {
      const actor = this.#actor(message, at);
      if (isNew && !before?.actors.has(actor.id)) this.#log(message, actor);
      return;
    }
    const actor = this.#actors.get(message.sessionId);
    if (isNew) this.#log(message, actor);
    if (message.type !== "@xstate.snapshot" || actor === undefined || at < actor.at) return;
    const { snapshot, event, rev = actor.rev } = message;
    const step = { n: (actor.step?.n ?? 0) + 1, event: event.type, before: actor.snapshot.value };
    this.#set({ ...actor, snapshot, at, rev, step });
  }

  #actor({ sessionId: id, parentId: parent, name, definition, snapshot }: ActorMessage, at: number): Actor {
    const room = parent === undefined ? undefined : (this.#actors.get(parent)?.room ?? roomIn(id) ?? roomIn(parent));
    const known = this.#actors.get(id);
    const actor = { id, parent, room, name, definition, snapshot, at, rev: known?.rev, step: undefined };
    if (known === undefined || at >= known.at) this.#set(actor);
    return actor;
  }

  #set(actor: Actor): void {
    const { id, name, room, snapshot, at } = actor;
    this.#actors.set(id, actor);
    if (room !== undefined && id.startsWith("session:")) this.#lines.set(id, moved(this.#lines.get(id), { id, room, name }, snapshot, at));
  }

  #room({ type: _, ...message }: RoomMessage): void {
    if (message.state !== "closed") return void this.#rooms.set(message.room, message);
    const { sessions: __, ...row } = message;
    this.#rooms.set(message.room, { ...row, state: "asleep" });
    for (const { id, room } of this.#actors.values()) if (room === message.room) this.#actors.delete(id);
  }

  #log(message: InspectMessage, actor: Actor | undefined): void {
    const entry = entryOf(message, this.#next++, actor);
    if (entry !== undefined) this.#entries.push(entry);
  }

  /** The last of them stay: somebody may be looking at one. */
  #forgetEnded(): void {
    const ended = [...this.#actors.values()].filter(({ snapshot }) => snapshot.status !== "active");
    if (ended.length <= endedActorsMax) return;
    for (const { id } of ended.sort((a, b) => a.at - b.at).slice(0, ended.length - endedActorsMax)) this.#actors.delete(id);
  }
}

/** `room:meeting/weekly`, `service:meeting/weekly/recorder`. */
const roomIn = (id: ActorId): string | undefined => /^(?:room|domain|service):([^/]+\/[^/]+)/.exec(id)?.[1];
