/**
 * What the Yjs peers have in common: each user has an entry in a map of the document and replaces it as a whole, and messages are made
 * of Yjs' variable-length numbers. Yjs itself is loaded when a run needs it, from the node_modules of the peer that runs.
 */
import type { SeenOp } from "../../load/dialect.ts";

export interface Yjs {
  readonly Doc: new () => YDoc;
  readonly encodeStateAsUpdate: (doc: YDoc) => Uint8Array;
  readonly decodeUpdate: (update: Uint8Array) => { readonly structs: readonly Struct[] };
}

interface YDoc {
  readonly clientID: number;
  getMap(name: string): { set(key: string, value: Entry): void };
  once(event: "update", heard: (update: Uint8Array) => void): void;
}

interface Struct {
  readonly id: { readonly client: number; readonly clock: number };
  readonly length: number;
  readonly content?: { readonly arr?: readonly unknown[] };
}

interface Entry {
  readonly n: number;
  readonly text: string;
  readonly mark: number;
}

const loaded = new Map<string, Promise<Yjs>>();

/** `folder`: the peer's. */
export function loadYjs(folder: string): Promise<Yjs> {
  const before = loaded.get(folder);
  if (before !== undefined) return before;
  const loading = import(Bun.resolveSync("yjs", folder)) as Promise<Yjs>;
  loaded.set(folder, loading);
  return loading;
}

/** A writer's document. It holds that writer's own entry only: nobody else sets it, so the others' entries make no difference to its updates. */
export class OwnEntry {
  readonly clientId: number;
  readonly #yjs: Yjs;
  readonly #doc: YDoc;
  readonly #key: string;

  constructor(yjs: Yjs, key: string) {
    this.#yjs = yjs;
    this.#doc = new yjs.Doc();
    this.#key = key;
    this.clientId = this.#doc.clientID;
  }

  /** The update that says so. */
  set(n: number, mark: number, text: string): Uint8Array {
    let made: Uint8Array | undefined;
    this.#doc.once("update", (update) => {
      made = update;
    });
    this.#doc.getMap("participants").set(this.#key, { n, text, mark });
    if (made === undefined) throw new Error("setting an entry made no update");
    return made;
  }

  all(): Uint8Array {
    return this.#yjs.encodeStateAsUpdate(this.#doc);
  }
}

/**
 * The observer reads the updates themselves. A server that merges updates keeps every entry in them, also one that another of the same
 * update replaces; a document would only tell of the last. Like a document, it passes over what it has: the state that it got when it
 * came may hold what the next update brings.
 */
export class UpdateReader {
  readonly #yjs: Yjs;
  /** By client: what its next clock is. */
  readonly #clocks = new Map<number, number>();

  constructor(yjs: Yjs) {
    this.#yjs = yjs;
  }

  read(update: Uint8Array): SeenOp[] {
    const seen: SeenOp[] = [];
    for (const { id, length, content } of this.#yjs.decodeUpdate(update).structs) {
      if (id.clock < (this.#clocks.get(id.client) ?? 0)) continue;
      this.#clocks.set(id.client, id.clock + length);
      for (const value of content?.arr ?? []) {
        const { n, mark } = value as Entry;
        seen.push({ stream: id.client, n, mark: n === 0 ? undefined : mark }); // 0: it has joined
      }
    }
    return seen;
  }
}

// --- lib0's encoding: numbers of 7 bits a byte, the lowest first; strings and bytes after their length --------------------------------

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function varUint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128));
  bytes.push(rest);
  return bytes;
}

export function varBytes(bytes: Uint8Array): Uint8Array {
  return joined(varUint(bytes.length), bytes);
}

export const varString = (text: string): Uint8Array => varBytes(encoder.encode(text));

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class VarReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  uint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error("a message ends within a number");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** Valid as long as what they are read from. */
  bytes(): Uint8Array {
    const length = this.uint();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

// --- awareness: each client's own state as JSON, with a clock of its own ---------------------------------------------------------------

interface Cursor {
  readonly x: number;
  readonly y: number;
}

/** One client's, as an update. */
export const awarenessOf = (clientId: number, clock: number, state: Cursor): Uint8Array =>
  joined(varUint(1), varUint(clientId), varUint(clock), varString(JSON.stringify(state)));

/** The marks in an update, which are the cursors' x. Those who have left have no state. */
export function cursorsIn(update: Uint8Array): number[] {
  const reader = new VarReader(update, 0);
  return Array.from({ length: reader.uint() }, () => {
    reader.uint(); // the client
    reader.uint(); // its clock
    return JSON.parse(decoder.decode(reader.bytes())) as Cursor | null;
  }).flatMap((state) => (state === null ? [] : [state.x]));
}

/** y-protocols' second byte. */
export const sync = { step1: 0, step2: 1, update: 2 } as const;
/** Of one who has nothing. */
export const emptyStateVector: readonly number[] = [0];
