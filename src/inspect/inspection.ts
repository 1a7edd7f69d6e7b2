/**
 * Looks on while rooms run: which actors are recorded, what of them may be shown, what is told of a room now and then.
 * From: room/watch.ts (rooms and sessions as they begin, refusals). To: recorder.ts. Comes and goes at run time; off, it costs nothing.
 */
import type { AnyMachineSnapshot } from "xstate";
import { clientSync } from "../../machines/client-sync.ts";
import { room as roomLife } from "../../machines/room.ts";
import type { Clock } from "../clock.ts";
import type { HostedDomain } from "../room/hosted.ts";
import type { Room } from "../room/room.ts";
import type { Watch, WatchedRefusal, Watcher } from "../room/watch.ts";
import type { Session } from "../sync/session.ts";
import type { Watching } from "./broadcast.ts";
import { definitionOf } from "./definition.ts";
import type { ActorId } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { Refusals } from "./refusals.ts";
import { RoomNews } from "./room-news.ts";

export interface InspectionOptions {
  readonly clock: Clock;
  /** Where rooms look for whoever looks on. */
  readonly watch: Watch;
  readonly rooms: () => Iterable<Room>;
  /** Records from the start, not only while somebody watches. */
  readonly always: boolean;
  readonly onTrouble: (error: unknown) => void;
}

/** What looks on must never harm what it looks at (L13): `Watcher` calls come through here. */
const contained = (inspection: Inspection, onTrouble: (error: unknown) => void): Watcher => {
  const safely = <Args extends readonly unknown[]>(run: (...args: Args) => void): ((...args: Args) => void) => {
    return (...args) => {
      try {
        run(...args);
      } catch (error) {
        onTrouble(error);
      }
    };
  };
  return {
    room: safely((room) => inspection.room(room)),
    domain: safely((room, domain) => inspection.domain(room, domain)),
    session: safely((room, session) => inspection.session(room, session)),
    refused: safely((room, refusal) => inspection.refused(room, refusal)),
  };
};

export class Inspection {
  readonly #options: InspectionOptions;
  readonly #recorder: Recorder;
  readonly #news: RoomNews;
  readonly refusals: Refusals;
  readonly #watcher: Watcher;
  #watchers = 0;

  constructor(options: InspectionOptions) {
    this.#options = options;
    this.#recorder = new Recorder(options);
    this.refusals = new Refusals(options.clock.now());
    this.#watcher = contained(this, options.onTrouble);
    this.#news = new RoomNews(options.clock, (message) => this.#recorder.emit(message));
    if (options.always) this.#start();
  }

  /** As in `Recorder`. The first one turns it on, the last one off, unless it is on always. */
  watch(watcher: Watching): () => void {
    if (!this.#isOn) this.#start();
    this.#watchers++;
    const stop = this.#recorder.watch(watcher);
    for (const room of this.#options.rooms()) this.#news.tell(room, watcher);
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      stop();
      if (--this.#watchers === 0 && !this.#options.always) this.stop();
    };
  }

  stop(): void {
    this.#options.watch.watcher = undefined;
    this.#recorder.stop();
    this.#news.stop();
  }

  room(room: Room): void {
    const id = roomId(room);
    this.#recorder.add({
      id,
      parentId: "server",
      name: room.name,
      definition: definitionOf(roomLife),
      actor: room.life,
      project: ({ context }) => ({ failures: (context as { readonly failures: number }).failures }),
      onSnapshot: ({ status }) => {
        this.#news.changed(room);
        if (status === "active") return;
        this.#recorder.remove(id);
      },
    });
    this.#news.changed(room);
  }

  domain(room: Room, domain: HostedDomain): void {
    const { def } = room.options;
    const { inspect } = def;
    this.#recorder.add({
      id: `domain:${room.name}`,
      parentId: roomId(room),
      name: def.machine.id,
      definition: definitionOf(def.machine),
      actor: domain.actor,
      ...(inspect === undefined ? {} : { project: (snapshot: AnyMachineSnapshot) => inspect(snapshot) }),
      author: () => domain.author && { by: domain.author.by, seq: domain.author.seq },
      rev: () => domain.state.rev,
      onSnapshot: () => this.#news.changed(room),
    });
  }

  session(room: Room, session: Session): void {
    const id = `session:${session.id}`;
    const { identity, client } = session;
    this.#recorder.add({
      id,
      parentId: roomId(room),
      name: `${identity.name} (${client})`,
      definition: definitionOf(clientSync),
      actor: session,
      project: () => ({
        user: identity.user,
        role: identity.role,
        client,
        audience: session.audience.name,
        rev: session.sentRev,
        acked: session.ackedSeq,
        reason: session.snapshotReason,
      }),
      onSnapshot: ({ value, status }) => {
        if (value === "snapshot") this.#news.snapshot(room, session.snapshotReason);
        this.#news.changed(room);
        if (status !== "active") this.#recorder.remove(id);
      },
    });
    this.#news.changed(room);
  }

  refused(room: Room, refusal: WatchedRefusal): void {
    const message = this.refusals.add(room, refusal, this.#options.clock.now());
    this.#news.refusal(room, message.code);
    this.#recorder.emit(message);
  }

  get #isOn(): boolean {
    return this.#options.watch.watcher === this.#watcher;
  }

  #start(): void {
    const watcher = this.#watcher;
    this.#options.watch.watcher = watcher;
    this.#recorder.add({ id: "server", parentId: undefined, name: "server", definition: JSON.stringify({ id: "server" }) });
    for (const room of this.#options.rooms()) {
      watcher.room(room);
      if (room.domain !== undefined) watcher.domain(room, room.domain);
      for (const session of room.sessions) watcher.session(room, session);
    }
  }
}

const roomId = (room: Room): ActorId => `room:${room.name}`;
