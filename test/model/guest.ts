/** One client's session in a real room, beside a witness: what it is put through from outside, and what is told of it. */
import { expect } from "bun:test";
import { type MemoryStore, memory } from "../../src/journal/memory.ts";
import { arrive } from "../../src/room/arrivals.ts";
import type { Room } from "../../src/room/room.ts";
import type { Session } from "../../src/sync/session.ts";
import { counter } from "../support/counter.ts";
import { FaultyJournal } from "../support/faulty-journal.ts";
import { FakeSocket, Harness } from "../support/harness.ts";

export const ringOpsMax = 8;
/** A delta of a few ops has several frames. */
const limits = { ringOpsMax, lagBufferedBytesMax: 100 };
const backlogBytes = 10_000_000;

/** A socket that is full after so many frames. */
class PacedSocket extends FakeSocket {
  takes = Infinity;
  /** The rev that its client came with; -1: none. */
  readonly #since: number;

  constructor(since = -1) {
    super();
    this.#since = since;
  }

  override send(frame: string): boolean {
    this.takes--;
    return super.send(frame);
  }
  override bufferedBytes(): number {
    return this.takes > 0 ? 0 : backlogBytes;
  }
  publish(topic: string, frame: string): void {
    if (this.topics.has(topic)) this.send(frame);
  }

  /** What its client has reached; a gap, or a step back, is an error (L6). */
  get rev(): number {
    let rev = this.#since;
    for (const { type, payload } of this.frames) {
      if (type === "snapshot") {
        expect(payload.rev, "the rev of a snapshot").toBeGreaterThanOrEqual(rev);
        rev = payload.rev;
      } else if (type === "delta") {
        expect(payload.from, "where a delta begins").toBe(rev);
        rev = payload.to;
      }
    }
    return rev;
  }
}

interface Served {
  readonly faulty: FaultyJournal;
  readonly harness: Harness;
  readonly room: Room;
  /** Somebody else, who is there and live. */
  readonly witness: FakeSocket;
}

export class Guest {
  readonly sockets: PacedSocket[] = [];
  session: Session | undefined;
  /** Someone with the same client id came and took this one's place. */
  isFollowed = false;
  readonly #store: MemoryStore;
  #served: Served;
  /** The witness's last. */
  #seq = 0;

  private constructor(store: MemoryStore, served: Served) {
    this.#store = store;
    this.#served = served;
  }

  /** The room is open, the guest itself has not come yet. */
  static async expected(): Promise<Guest> {
    const store: MemoryStore = new Map();
    return new Guest(store, await serve(store, 1));
  }

  /** A new server, with what the one before left. */
  async restart(): Promise<void> {
    this.#served = await serve(this.#store, this.#seq + 1);
  }

  get harness(): Harness {
    return this.#served.harness;
  }

  get room(): Room {
    return this.#served.room;
  }

  /** Ops that somebody else gives. */
  async others(ops = 1): Promise<void> {
    const { harness, room, witness } = this.#served;
    for (let i = 0; i < ops; i++) await harness.command(room, witness, ++this.#seq, { type: "add", n: 1 });
  }

  get socket(): PacedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("it was never connected");
    return socket;
  }

  /** The session that all this is about. */
  get own(): Session {
    if (this.session === undefined) throw new Error("it never came");
    return this.session;
  }

  /** Over a new socket, which is full after the welcome. */
  async hello(since: number | undefined, role = "member"): Promise<void> {
    const socket = new PacedSocket(since);
    socket.takes = 1;
    this.sockets.push(socket);
    this.harness.wires.add(socket);
    const { room } = this;
    const epoch = room.feed?.epoch ?? "";
    arrive(room, {
      identity: { user: "guest", name: "guest", role },
      expiresAt: undefined,
      hello: { protocol: 1, client: "guest", machine: 1, nextSeq: 1, ...(since === undefined ? {} : { since: { epoch, rev: since } }) },
      socket,
      proven: true,
      resumeSecret: "secret",
      isGone: () => false,
      onSession: (session) => {
        if (this.session !== undefined && session !== this.session) this.isFollowed = true;
        else this.session = session;
      },
    });
    await this.harness.clock.advance(50);
  }

  /** Its connection is gone, without a word. */
  drop(): void {
    const { room, own, socket } = this;
    this.harness.wires.delete(socket);
    socket.topics.clear();
    socket.closed = { code: 1006, reason: "" };
    room.sessions.lost(own, socket);
  }

  /** The socket takes what waits for it, or one frame, says so, and is full again unless that made it live. */
  async drain(): Promise<void> {
    const { own, socket, room } = this;
    socket.takes = Math.max(1, own.outbox.length);
    room.sessions.drained(own);
    if (own.isLive) socket.takes = Infinity;
    await this.harness.clock.advance(1);
  }

  /** Appends take their time from now on: the next one only ends with `landed`. */
  hold(): void {
    this.#served.faulty.faults.push("held");
  }

  async landed(): Promise<void> {
    for (const land of this.#served.faulty.held.splice(0)) land();
    await this.harness.clock.advance(50);
  }

  /** In the state that is durable: how often this client is there. */
  get places(): number {
    return (this.room.committed?.roster ?? []).filter(({ client }) => client === "guest").length;
  }
}

async function serve(store: MemoryStore, nextSeq: number): Promise<Served> {
  const faulty = new FaultyJournal();
  const harness = await Harness.start({ types: [counter], journal: faulty.factory(memory({ store })), limits });
  await harness.pass(20_000); // longer than the grace: no time of this server's may be taken for one of a session's
  const room = harness.room("counter");
  const witness = await harness.join(room, "witness", { nextSeq });
  return { faulty, harness, room, witness };
}
