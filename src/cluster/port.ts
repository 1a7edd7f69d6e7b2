/**
 * What a room on several nodes needs: a log that they share, and a way to talk. Implemented on NATS (journal/nats-journal.ts, cluster/nats-net.ts),
 * and in memory for the simulator (cluster/memory-net.ts). Safety comes from the log alone; what nodes say to each other may be late or lost.
 */
import type { Cursor, Entry, Journal, Opened, RoomName } from "../journal/port.ts";

/** One process, from its start to its end: the id under which its journal writes. */
export type NodeId = string;

/** Who wrote the last message of a room's log, and which message that is. */
export interface Holder {
  readonly node: NodeId;
  /** The implementation's own, for `claim`. */
  readonly at: string;
}

export interface DueRoom {
  readonly room: RoomName;
  readonly dueAt: number;
  readonly holder: NodeId;
}

export interface FollowOptions {
  /** What the follower has: entries after `rev` are told. */
  readonly from: Pick<Cursor, "epoch" | "rev">;
  readonly onEntries: (entries: readonly Entry[]) => void;
  /** Going on is impossible: history was lost (`epoch`), or the next entry is trimmed away. Told once, as the last thing: load the room anew. */
  readonly onReset: (why: "epoch" | "trimmed") => void;
  /** The log cannot be read, or `onEntries` threw; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

export interface Following {
  /** Everything up to here was told. */
  readonly rev: number;
  /** Looks now whether there is more; resolves when all that the log held was told, or could not be read. */
  catchUp(): Promise<void>;
  close(): void;
}

/** A journal that several nodes write to, each room by one of them at a time. */
export interface SharedJournal extends Journal {
  readonly node: NodeId;
  /** Asked of where it cannot be stale. `undefined`: the room has no log yet. */
  holder(room: RoomName): Promise<Holder | undefined>;
  /** As `open`, and from then on nothing that another node has sent can land; but only if the log's last message is still the one at `at` (`undefined`: still no log). `undefined`: somebody else was faster. */
  claim(room: RoomName, at: string | undefined): Promise<Opened | undefined>;
  /** Resolves when what the log holds now was told. */
  follow(room: RoomName, options: FollowOptions): Promise<Following>;
  /** As `nextDue`, with who has each. */
  due(limit: number): Promise<readonly DueRoom[]>;
  /** How the nodes that share it talk; not started yet. */
  net(onTrouble: (error: unknown) => void): ClusterNet;
  /** A random text that all nodes have alike, made by the first who asks. */
  secret(): Promise<string>;
}

export const isShared = (journal: Journal): journal is SharedJournal => "claim" in journal;

/** What nodes tell each other of themselves, with each beat. */
export interface NodeCard {
  /** Room type → version. */
  readonly types: Readonly<Record<string, number>>;
  /** It takes no room any more, and gives away those that it has. */
  readonly draining: boolean;
}

/** A message: plain JSON. */
export type Message = Readonly<Record<string, unknown>> & { readonly kind: string };

/** Of nodes that are among the `others`, except `onGone`. A handler that throws stops nothing. */
export interface NetEvents {
  /** Addressed to this node alone; from one node in the order in which it sent them. */
  onMessage(from: NodeId, message: Message): void;
  /** Told to all nodes that listen to the room; never one's own. */
  onRoomMessage(room: RoomName, from: NodeId, message: Message): void;
  /**
   * Messages from, or to, that node may have been lost: agree on everything anew. Told on both sides; where they were to arrive, before any later one.
   * Not told for a node that is gone, but once it is heard of again.
   */
  onLost(node: NodeId): void;
  /** It said goodbye, or was not heard of for longer than `goneAfterMs`: it may be dead, paused, or cut off. Not told while this node itself is cut off. */
  onGone(node: NodeId): void;
  /** Heard of for the first time, or again, or its card has changed. */
  onCard(node: NodeId, card: NodeCard): void;
  /** This node itself stood still, or was cut off, for so long that others may hold it for gone. Told when it is back. */
  onBack(): void;
}

/** How nodes talk: at most once, in order, nothing kept. */
export interface ClusterNet {
  readonly node: NodeId;
  /** Those that were heard of within `goneAfterMs`, without this one. */
  readonly others: ReadonlyMap<NodeId, NodeCard>;
  /** This node does not hear itself: it is cut off, stood still, or has not begun, and knows nothing of the others now. */
  readonly isAway: boolean;
  /** Resolves when everyone who is there has had time to say so. */
  start(events: NetEvents, card: NodeCard): Promise<void>;
  setCard(card: NodeCard): void;
  /** Throws only if the message is too big for the network, or to this node itself. What gets nowhere is lost, and told as such. */
  send(to: NodeId, message: Message): void;
  /** To all other nodes that listen to the room. Its loss is not noticed. */
  tellRoom(room: RoomName, message: Message): void;
  listen(room: RoomName): void;
  unlisten(room: RoomName): void;
  /** Says goodbye, so that nobody waits `goneAfterMs` for it. */
  stop(): Promise<void>;
}

export interface NetTimes {
  readonly beatEveryMs: number;
  /** Some beats. Found with the next beat after it. */
  readonly goneAfterMs: number;
}

export const defaultNetTimes: NetTimes = { beatEveryMs: 300, goneAfterMs: 1_500 };
