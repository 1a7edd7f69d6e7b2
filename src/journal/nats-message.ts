/**
 * One message of a room's log: the entries of one append, or none (a marker: a room begins, another node takes it over, its due time moves).
 * From: nats-log.ts. The header `Quorate` says everything but the entries' text, so whoever wants the heads of all rooms reads headers only.
 * The body is one line with the lengths of the entries (UTF-16 code units, commas between), then their texts, one after the other.
 */
import { chainHash } from "./chain.ts";
import { type Entry, JournalError } from "./port.ts";

export const metaHeader = "Quorate";
const formatVersion = 1;

export interface Meta {
  readonly v: number;
  /** So that a writer whose answer was lost finds out whether its append landed. */
  readonly id: string;
  /** Of one journal, from its start to its end. */
  readonly writer: string;
  readonly epoch: string;
  /** After this message. */
  readonly rev: number;
  readonly count: number;
  /** The sequence of the room's message before this one; 0 for its first. */
  readonly prev: number;
  /** The chain's hash before and after the entries. */
  readonly before: string;
  readonly after: string;
  readonly due: number | null;
  /** The body is too big for one message: it is in the other stream, under this id, in so many parts. */
  readonly spilled?: { readonly id: string; readonly parts: number };
  /** The room's messages in these sequences, both included, are not to be trusted: they are moved away next. */
  readonly dead?: readonly [from: number, to: number];
}

/** As it lies in the stream. `meta` is not there if the header is damaged. */
export interface LogMessage {
  readonly seq: number;
  readonly meta: Meta | undefined;
  readonly body: Uint8Array;
}

export const encodeMeta = (meta: Omit<Meta, "v">): string => JSON.stringify({ v: formatVersion, ...meta });

/** Throws `tooNew` for what a later release wrote; what is no meta at all is `undefined`. */
export function decodeMeta(text: string | undefined): Meta | undefined {
  let meta: Partial<Meta>;
  try {
    meta = JSON.parse(text ?? "") as Partial<Meta>;
  } catch {
    return undefined; // damaged; what follows from that is decided where the log is opened
  }
  if (typeof meta !== "object" || meta === null || typeof meta.v !== "number") return undefined;
  if (meta.v > formatVersion) throw new JournalError("tooNew", `this log was written by a newer release (format ${meta.v})`);
  const numbers = [meta.rev, meta.count, meta.prev];
  const texts = [meta.id, meta.writer, meta.epoch, meta.before, meta.after];
  const whole = numbers.every(Number.isSafeInteger) && texts.every((one) => typeof one === "string");
  return whole && (meta.due === null || typeof meta.due === "number") ? (meta as Meta) : undefined;
}

export const encodeBody = (entries: readonly Entry[]): Uint8Array =>
  new TextEncoder().encode(
    entries.length === 0 ? "" : `${entries.map(({ data }) => data.length).join(",")}\n${entries.map(({ data }) => data).join("")}`,
  );

/** `undefined` if the body is not what the meta says. */
export function decodeBody({ rev, count }: Pick<Meta, "rev" | "count">, body: Uint8Array): Entry[] | undefined {
  if (count === 0) return body.length === 0 ? [] : undefined;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const line = text.indexOf("\n");
  const lengths = text.slice(0, line).split(",").map(Number);
  if (line === -1 || lengths.length !== count) return undefined;
  let at = line + 1;
  const entries = lengths.map((length, i) => {
    const data = text.slice(at, at + length);
    at += length;
    return { rev: rev - count + 1 + i, data };
  });
  return at === text.length ? entries : undefined;
}

/** The hash after each entry. */
export function chained(before: string, entries: readonly Entry[]): string[] {
  let hash = before;
  return entries.map(({ rev, data }) => {
    hash = chainHash(hash, rev, data);
    return hash;
  });
}

/** The entries, if the body is intact; with the hash after each. */
export function verified(
  meta: Meta,
  body: Uint8Array,
): { readonly entries: readonly Entry[]; readonly hashes: readonly string[] } | undefined {
  const entries = decodeBody(meta, body);
  if (entries === undefined) return undefined;
  const hashes = chained(meta.before, entries);
  return (hashes.at(-1) ?? meta.before) === meta.after ? { entries, hashes } : undefined;
}
