/** What things are called in NATS: streams, subjects, and rooms as subject tokens. From: all of nats-*.ts, cluster/nats-net.ts. */
import { JournalError, type RoomName } from "./port.ts";

/** All that one deployment has on a server begins with its prefix. */
export interface Names {
  readonly prefix: string;
  /** The stream of the logs: one subject per room, one message per append. */
  readonly ops: string;
  /** The stream of everything else: snapshots in chunks, big batches, what was cut off. One message per subject. */
  readonly store: string;
  readonly probe: string;
  readonly allOps: string;
  readonly allLive: string;
  readonly allStored: string;
  opsOf(room: RoomName): string;
  /** Where the server tells each append once it is durable. */
  liveOf(room: RoomName): string;
  /** `parts` are joined by dots. */
  storedOf(room: RoomName, ...parts: readonly string[]): string;
  /** What nodes say to all nodes. */
  readonly nodes: string;
  /** What is said to one node. */
  nodeOf(node: string): string;
  /** What is said to the nodes that listen to a room. */
  roomOf(room: RoomName): string;
}

const prefixPattern = /^[A-Za-z0-9_-]{1,32}$/;
/** The server's limit is 4 KiB for a whole protocol line; a subject of ours has a prefix and a chunk's id beside the room. */
const tokenCharsMax = 1_024;

export function namesUnder(prefix: string): Names {
  if (!prefixPattern.test(prefix)) throw new JournalError("invalid", `prefix: '${prefix}' is not 1 to 32 letters, digits, - or _`);
  return {
    prefix,
    ops: `${prefix}_ops`,
    store: `${prefix}_store`,
    probe: `${prefix}.probe`,
    allOps: `${prefix}.ops.*`,
    allLive: `${prefix}.live.>`,
    allStored: `${prefix}.store.>`,
    opsOf: (room) => `${prefix}.ops.${encodeRoom(room)}`,
    liveOf: (room) => `${prefix}.live.${encodeRoom(room)}`,
    storedOf: (room, ...parts) => [prefix, "store", encodeRoom(room), ...parts].join("."),
    nodes: `${prefix}.nodes`,
    nodeOf: (node) => `${prefix}.node.${encodeRoom(node)}`,
    roomOf: (room) => `${prefix}.room.${encodeRoom(room)}`,
  };
}

/** One subject token. Letters, digits, - and _ stay, every other byte of the UTF-8 is `=` and two hex digits; the empty name is `=`. */
export function encodeRoom(room: RoomName): string {
  if (!room.isWellFormed()) throw new JournalError("invalid", "a room's name has a lone surrogate");
  const token = [...new TextEncoder().encode(room)].map(encodeByte).join("") || "=";
  if (token.length > tokenCharsMax)
    throw new JournalError("invalid", `a room's name needs more than ${tokenCharsMax} characters in a subject`);
  return token;
}

/** `undefined` for what `encodeRoom` never gives. */
export function decodeRoom(token: string): RoomName | undefined {
  if (token === "=") return "";
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes = [...token.matchAll(/=([0-9A-F]{2})|./g)].map(([char, hex]) =>
    hex === undefined ? char.charCodeAt(0) : Number.parseInt(hex, 16),
  );
  const room = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
  return encodeRoom(room) === token ? room : undefined;
}

const encodeByte = (byte: number): string => {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_-]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
};
