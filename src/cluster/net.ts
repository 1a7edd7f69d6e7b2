/**
 * How nodes talk, whatever carries it: who is here, and was anything lost. From: nats-net.ts, memory-net.ts, with what carries packets. To: numbers.ts.
 * A node hears its own beats, too. Others are gone only if they are silent while it hears itself: one that does not was paused, or is cut off, and knows nothing.
 */
import type { Clock } from "../clock.ts";
import type { RoomName } from "../journal/port.ts";
import { Numbers } from "./numbers.ts";
import { decode, encode, type Packet, type PacketOf } from "./packets.ts";
import { type ClusterNet, defaultNetTimes, type Message, type NetEvents, type NetTimes, type NodeCard, type NodeId } from "./port.ts";
import type { Wire } from "./wire.ts";

export interface NetOptions {
  readonly times?: NetTimes;
  /** A handler threw, or something came that is no packet. */
  readonly onTrouble: (error: unknown) => void;
}

interface Peer {
  readonly node: NodeId;
  readonly numbers: Numbers;
  /** `left`: it said goodbye; what comes of it is late. */
  state: "here" | "gone" | "left";
  /** Unknown until its first beat. */
  card: NodeCard | undefined;
  heardMs: number;
}

/** Nodes, here or not, that are remembered: those that are not are forgotten when there are more. */
const peersMax = 1_000;

export class Net implements ClusterNet {
  readonly node: NodeId;
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #times: NetTimes;
  readonly #onTrouble: (error: unknown) => void;
  readonly #peers = new Map<NodeId, Peer>();
  readonly #others = new Map<NodeId, NodeCard>();
  readonly #started = Promise.withResolvers<void>();
  #events: NetEvents | undefined;
  #card: NodeCard = { types: {}, draining: false };
  #selfHeardMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(node: NodeId, wire: Wire, clock: Clock, { times = defaultNetTimes, onTrouble }: NetOptions) {
    this.node = node;
    this.#wire = wire;
    this.#clock = clock;
    this.#times = times;
    this.#onTrouble = onTrouble;
  }

  get others(): ReadonlyMap<NodeId, NodeCard> {
    return this.#others;
  }

  start(events: NetEvents, card: NodeCard): Promise<void> {
    this.#events = events;
    this.#card = card;
    this.#wire.open((data, room) => this.#heard(data, room));
    this.#tick();
    return this.#started.promise;
  }

  setCard(card: NodeCard): void {
    this.#card = card;
    if (this.#events !== undefined) this.#wire.toAll(this.#beat());
  }

  send(to: NodeId, message: Message): void {
    if (to === this.node) throw new Error("a node does not send to itself");
    const { numbers } = this.#peer(to);
    const data = this.#encoded({ type: "message", from: this.node, number: numbers.sent + 1, message });
    numbers.next(); // also if it gets nowhere: so that it is missed
    this.#wire.toNode(to, data);
  }

  tellRoom(room: RoomName, message: Message): void {
    this.#wire.toRoom(room, this.#encoded({ type: "room", from: this.node, message }));
  }

  listen(room: RoomName): void {
    this.#wire.listen(room);
  }

  unlisten(room: RoomName): void {
    this.#wire.unlisten(room);
  }

  async stop(): Promise<void> {
    if (this.#events === undefined) return;
    this.#events = undefined;
    this.#cancelTimer?.();
    this.#wire.toAll(encode({ type: "bye", from: this.node }));
    this.#started.resolve();
    await this.#wire.close();
  }

  // --- beats ---------------------------------------------------------------------------------------------------------

  #tick(): void {
    this.#wire.toAll(this.#beat());
    this.#cancelTimer = this.#clock.setTimer(this.#times.beatEveryMs, () => this.#tick());
  }

  #beat(): Uint8Array {
    const here = [...this.#peers.values()].filter(({ state }) => state === "here");
    const sent = Object.fromEntries(here.map(({ node, numbers }) => [node, numbers.sent]));
    return encode({ type: "beat", from: this.node, card: this.#card, sent, ask: this.isAway });
  }

  /** It did not hear itself for so long that the others may hold it for gone. */
  get isAway(): boolean {
    const { beatEveryMs, goneAfterMs } = this.#times;
    return this.#clock.monotonic() - this.#selfHeardMs > beatEveryMs + goneAfterMs / 2;
  }

  #heardSelf(): void {
    const { beatEveryMs, goneAfterMs } = this.#times;
    const nowMs = this.#clock.monotonic();
    const isFirst = this.#selfHeardMs === Number.NEGATIVE_INFINITY;
    const wasAway = this.isAway;
    this.#selfHeardMs = nowMs;
    if (!wasAway) {
      for (const peer of this.#peers.values()) if (nowMs - peer.heardMs > goneAfterMs) this.#end(peer, "gone");
      return;
    }
    // Everyone who is there needs a beat to say so, and a while for its way.
    const answerMs = beatEveryMs * 1.25;
    for (const peer of this.#peers.values()) peer.heardMs = Math.max(peer.heardMs, nowMs + answerMs - goneAfterMs);
    if (isFirst) this.#clock.setTimer(answerMs, this.#started.resolve);
    else this.#tell((events) => events.onBack());
  }

  // --- the others ----------------------------------------------------------------------------------------------------

  #heard(data: Uint8Array, room: RoomName | undefined): void {
    if (this.#events === undefined) return;
    let packet: Packet;
    try {
      packet = decode(data);
    } catch (cause) {
      this.#onTrouble(new Error("something came from another node that cannot be read", { cause }));
      return;
    }
    if (packet.from === this.node) {
      if (packet.type === "beat") this.#heardSelf();
      return;
    }
    const peer = this.#peer(packet.from);
    if (peer.state === "left") return;
    if (packet.type === "bye") this.#end(peer, "left");
    else if (packet.type === "beat") this.#heardBeat(peer, packet);
    else if (peer.card !== undefined) this.#heardMessage(peer, peer.card, packet, room);
    // What comes before the first beat is lost, and that beat will say so.
  }

  #heardBeat(peer: Peer, { card, sent: { [this.node]: sent = peer.numbers.got }, ask }: PacketOf<"beat">): void {
    if (ask) this.#wire.toNode(peer.node, this.#beat());
    if (peer.state !== "here") return this.#appear(peer, card, sent);
    peer.heardMs = this.#clock.monotonic();
    if (JSON.stringify(card) !== JSON.stringify(peer.card)) this.#setCardOf(peer, card);
    if (!peer.numbers.isBehind(sent)) return;
    const upTo = Math.max(sent, peer.numbers.got); // less than was got: it had forgotten this node, and counts anew
    peer.numbers.goOnFrom(sent);
    this.#lost(peer, upTo);
  }

  #heardMessage(peer: Peer, card: NodeCard, packet: PacketOf<"message" | "lost" | "room">, room: RoomName | undefined): void {
    const { node, numbers } = peer;
    if (packet.type === "room") {
      if (peer.state !== "here" || room === undefined) return; // its next beat brings it back
      peer.heardMs = this.#clock.monotonic();
      return this.#tell((events) => events.onRoomMessage(room, node, packet.message));
    }
    if (peer.state !== "here") this.#appear(peer, card, packet.number - 1);
    peer.heardMs = this.#clock.monotonic();
    const place = numbers.take(packet.number);
    if (place === "late") return;
    if (place === "early") this.#lost(peer, packet.number - 1);
    if (packet.type === "message") this.#tell((events) => events.onMessage(node, packet.message));
    else if (numbers.isNews(packet.upTo)) {
      numbers.settle();
      this.#tell((events) => events.onLost(node));
    }
  }

  /** Heard of for the first time, or again. Only of a node that is new, and says that it has sent nothing, nothing is lost. */
  #appear(peer: Peer, card: NodeCard, sent: number): void {
    const { numbers } = peer;
    const isNew = peer.card === undefined && sent === 0;
    numbers.goOnFrom(sent);
    peer.state = "here";
    peer.heardMs = this.#clock.monotonic();
    this.#setCardOf(peer, card);
    // It may not know that it was held for gone. Whatever it has sent since, it is to hear of it: hence one more.
    if (!isNew) this.#lost(peer, sent + 1);
  }

  #setCardOf(peer: Peer, card: NodeCard): void {
    peer.card = card;
    this.#others.set(peer.node, card);
    this.#tell((events) => events.onCard(peer.node, card));
  }

  /** The other one is told first, so that it hears of the loss before it hears what is said about it. */
  #lost(peer: Peer, upTo: number): void {
    this.#wire.toNode(peer.node, encode({ type: "lost", from: this.node, number: peer.numbers.next(), upTo }));
    peer.numbers.settle();
    this.#tell((events) => events.onLost(peer.node));
  }

  #end(peer: Peer, state: "gone" | "left"): void {
    const wasHere = peer.state === "here";
    peer.state = state;
    if (!wasHere) return;
    this.#others.delete(peer.node);
    this.#tell((events) => events.onGone(peer.node));
  }

  #peer(node: NodeId): Peer {
    const known = this.#peers.get(node);
    if (known !== undefined) return known;
    const peer: Peer = { node, numbers: new Numbers(), state: "gone", card: undefined, heardMs: 0 };
    const [oldest] = this.#peers.size < peersMax ? [] : [...this.#peers.values()].filter(({ state }) => state !== "here");
    if (oldest !== undefined) this.#peers.delete(oldest.node);
    this.#peers.set(node, peer);
    return peer;
  }

  #encoded(packet: Packet): Uint8Array {
    const data = encode(packet);
    if (data.length <= this.#wire.bytesMax) return data;
    throw new Error(`a message of ${data.length} bytes to another node: ${this.#wire.bytesMax} are the most`);
  }

  /** One handler's error is nobody else's. */
  #tell(tell: (events: NetEvents) => void): void {
    try {
      if (this.#events !== undefined) tell(this.#events);
    } catch (error) {
      this.#onTrouble(error);
    }
  }
}
