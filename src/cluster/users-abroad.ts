/**
 * What nodes tell each other of their users, so that limits per user hold over all of them, as of a moment ago. From: node.ts. To: gateway/users.ts.
 * Connections are told as they are, so that whoever may have missed something is told all of them; joins that got lost with a message are not told again.
 */
import type { Clock } from "../clock.ts";
import type { Abroad, Users } from "../gateway/users.ts";
import type { ToldUser, ToldUsers } from "./messages.ts";
import type { ClusterNet, NodeId } from "./port.ts";

const tellEveryMs = 250;
/** Characters of one message, which have 3 bytes at most. */
const toldCharsMax = 20 * 1024;

interface Other {
  /** Its users' connections to it. */
  readonly connections: Map<string, number>;
  /** It has to be told everything. */
  isBehind: boolean;
}

export class UsersAbroad implements Abroad {
  readonly #users: Users;
  readonly #net: ClusterNet;
  readonly #clock: Clock;
  readonly #others = new Map<NodeId, Other>();
  /** What the others do not know yet: user → joins since they were told. */
  #changed = new Map<string, number>();
  #cancelTimer: (() => void) | undefined;

  constructor(users: Users, net: ClusterNet, clock: Clock) {
    this.#users = users;
    this.#net = net;
    this.#clock = clock;
    users.abroad = this;
  }

  connectionsOf(user: string): number {
    let sum = 0;
    for (const { connections } of this.#others.values()) sum += connections.get(user) ?? 0;
    return sum;
  }

  changed(user: string, joins: 0 | 1): void {
    if (this.#others.size === 0) return;
    this.#changed.set(user, (this.#changed.get(user) ?? 0) + joins);
    this.#tellSoon();
  }

  /** A node is there, perhaps since long. */
  here(node: NodeId): void {
    if (this.#others.has(node)) return;
    this.#others.set(node, { connections: new Map(), isBehind: true });
    this.#tellSoon();
  }

  /** Messages to it may have been lost. */
  lost(node: NodeId): void {
    const other = this.#others.get(node);
    if (other === undefined) return;
    other.isBehind = true;
    this.#tellSoon();
  }

  /** Its clients come to other nodes now. */
  gone(node: NodeId): void {
    this.#others.delete(node);
  }

  take(from: NodeId, { anew, users }: ToldUsers): void {
    const connectionsThere = this.#others.get(from)?.connections;
    if (connectionsThere === undefined) return;
    if (anew) connectionsThere.clear();
    const nowMs = this.#clock.monotonic();
    for (const [user, connections, joins] of users) {
      if (connections > 0) connectionsThere.set(user, connections);
      else connectionsThere.delete(user);
      if (joins > 0) this.#users.joinedAbroad(user, joins, nowMs);
    }
  }

  stop(): void {
    this.#others.clear();
    this.#cancelTimer?.();
  }

  #tellSoon(): void {
    this.#cancelTimer ??= this.#clock.setTimer(tellEveryMs, () => this.#tell());
  }

  #tell(): void {
    this.#cancelTimer = undefined;
    const changed = this.#changed;
    this.#changed = new Map();
    const told = (user: string): ToldUser => [user, this.#users.connectionsOf(user), changed.get(user) ?? 0];
    const news = changed.size === 0 ? [] : inParts([...changed.keys()].map(told));
    let all: readonly ToldUser[][] | undefined;
    for (const [node, other] of this.#others) {
      const anew = other.isBehind;
      other.isBehind = false;
      if (anew) all ??= inParts([...new Set([...this.#users.connected(), ...changed.keys()])].map(told));
      for (const [i, users] of (anew ? (all ?? []) : news).entries())
        this.#net.send(node, { kind: "users", anew: anew && i === 0, users } satisfies ToldUsers);
    }
  }
}

/** One part at least, so that also nobody can be told. */
function inParts(users: readonly ToldUser[]): readonly ToldUser[][] {
  const parts: ToldUser[][] = [[]];
  let chars = 0;
  for (const user of users) {
    const more = JSON.stringify(user).length + 1;
    if (chars + more > toldCharsMax) {
      parts.push([]);
      chars = 0;
    }
    chars += more;
    parts.at(-1)?.push(user);
  }
  return parts;
}
