/**
 * One node among several: which of its rooms a message is for, and who is there. From: gateway/server.ts, where the journal is a shared one.
 * To: room-cluster.ts, users-abroad.ts.
 */
import type { Clock } from "../clock.ts";
import type { Users } from "../gateway/users.ts";
import type { RoomName } from "../journal/port.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { OtherVersionError } from "../room/migrate.ts";
import type { Room } from "../room/room.ts";
import type { ToFollower, ToNode, ToOwner, ToRoom } from "./messages.ts";
import type { ClusterNet, DueRoom, Message, NodeCard, NodeId, SharedJournal } from "./port.ts";
import { RoomCluster } from "./room-cluster.ts";
import { UsersAbroad } from "./users-abroad.ts";

export interface ClusterNodeOptions {
  readonly journal: SharedJournal;
  readonly clock: Clock;
  readonly types: readonly AnyRoomType[];
  /** Who is connected to this node: from now on, other nodes' connections of the same users count, too. */
  readonly users: Users;
  readonly count: (name: string, by?: number) => void;
  readonly onTrouble: (where: string, error: unknown) => void;
}

/** Of one that is alive; a room that it is just loading takes longer, then it is asked again. */
const answerMsMax = 1_000;
/** Due rooms that are looked at: most of them are other nodes'. */
const dueMax = 10_000;

export class ClusterNode {
  readonly net: ClusterNet;
  readonly journal: SharedJournal;
  readonly count: ClusterNodeOptions["count"];
  readonly #options: ClusterNodeOptions;
  readonly #rooms = new Map<RoomName, RoomCluster>();
  readonly #users: UsersAbroad;
  readonly #asked = new Map<number, (answer: "itIs" | "itIsNot") => void>();
  #lastAsked = 0;
  #card: NodeCard;

  constructor(options: ClusterNodeOptions) {
    this.net = options.journal.net((error) => options.onTrouble("cluster", error));
    this.journal = options.journal;
    this.count = options.count;
    this.#options = options;
    this.#users = new UsersAbroad(options.users, this.net, options.clock);
    this.#card = { types: Object.fromEntries(options.types.map(({ type, version }) => [type, version])), draining: false };
  }

  /** Resolves when the others are known. */
  start(): Promise<void> {
    return this.net.start(
      {
        onMessage: (from, message) => this.#onMessage(from, message as unknown as ToNode),
        onRoomMessage: (room, from, message) => this.#rooms.get(room)?.onRoomMessage(from, message as unknown as ToRoom),
        onLost: (node) => {
          this.#users.lost(node);
          this.#each((room) => room.onLost(node));
        },
        onGone: (node) => {
          this.count("cluster.nodesGone");
          this.#users.gone(node);
          this.#each((room) => room.onGone(node));
        },
        onCard: (node) => this.#users.here(node),
        onBack: () => {
          this.count("cluster.back");
          this.#each((room) => room.onBack());
        },
      },
      this.#card,
    );
  }

  /** No room is taken any more. */
  drain(): void {
    this.#card = { ...this.#card, draining: true };
    this.net.setCard(this.#card);
  }

  stop(): Promise<void> {
    this.#users.stop();
    return this.net.stop();
  }

  /** For a room that begins to live. */
  join(room: Room): RoomCluster {
    const joined = new RoomCluster(room, this);
    this.#rooms.set(room.name, joined);
    return joined;
  }

  closed(name: RoomName, room: RoomCluster): void {
    if (this.#rooms.get(name) !== room) return;
    this.#rooms.delete(name);
    this.net.unlisten(name);
  }

  send(to: NodeId, room: RoomName, message: ToOwner | ToFollower): void {
    this.net.send(to, { room, ...message } as Message);
  }

  /** Whether the node still has a room that it was the last to write to; `undefined`: no answer in time. */
  isTheirs(node: NodeId, room: RoomName): Promise<"itIs" | "itIsNot" | undefined> {
    const id = ++this.#lastAsked;
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(answerMsMax, () => {
        this.#asked.delete(id);
        resolve(undefined);
      });
      this.#asked.set(id, (answer) => {
        cancel();
        this.#asked.delete(id);
        resolve(answer);
      });
      this.net.send(node, { kind: "isYours", id, room });
    });
  }

  /** It is about to stop, and takes no room any more. */
  get isDraining(): boolean {
    return this.#card.draining;
  }

  /** Throws if this node must not take the room while others have an older version of its type. */
  checkVersions(room: RoomName, { type, version }: AnyRoomType): void {
    for (const { types, draining } of this.net.others.values()) {
      const theirs = types[type] ?? version;
      // Once this version has written to the room, the other one cannot open it any more.
      if (!draining && theirs < version) throw new OtherVersionError(room, theirs, version);
    }
  }

  /** Rooms with a timer, soonest first, that are this node's to wake: those that nobody has who is there, each on one node. */
  async due(limit: number): Promise<readonly { readonly room: RoomName; readonly dueAt: number }[]> {
    const { node, others } = this.net;
    const due = await this.journal.due(dueMax);
    const isOurs = ({ room, holder }: DueRoom) => holder === node || (!others.has(holder) && this.#isNearest(room));
    return due.filter(isOurs).slice(0, limit);
  }

  /** All nodes come to the same one, as long as they see the same ones. */
  #isNearest(room: RoomName): boolean {
    const ours = distance(this.net.node, room);
    for (const [node, { draining }] of this.net.others) {
      const theirs = distance(node, room);
      if (!draining && (theirs < ours || (theirs === ours && node < this.net.node))) return false;
    }
    return true;
  }

  #onMessage(from: NodeId, message: ToNode): void {
    if (message.kind === "users") return this.#users.take(from, message);
    if (message.kind === "itIs" || message.kind === "itIsNot") return this.#asked.get(message.id)?.(message.kind);
    if (message.kind === "isYours") {
      const { id } = message;
      const held = this.#rooms.get(message.room)?.isHeld() ?? Promise.resolve(false);
      return void held.then((isHeld) => this.net.send(from, { kind: isHeld ? "itIs" : "itIsNot", id }));
    }
    const { room, ...said } = message;
    const found = this.#rooms.get(room);
    if (found !== undefined) found.onMessage(from, said as ToOwner | ToFollower);
    else if (!("rev" in said)) this.send(from, room, { kind: "notOwner", rev: 0 });
  }

  #each(run: (room: RoomCluster) => void): void {
    for (const room of [...this.#rooms.values()]) run(room);
  }
}

/** FNV-1a, 32 bit, over code units: any would do that all nodes compute alike. */
function distance(node: NodeId, room: RoomName): number {
  let hash = 2_166_136_261;
  for (const char of `${node} ${room}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash;
}
