/** Hocuspocus' protocol: the document's name comes first in each message, then what kind it is, then y-protocols' own. */
import type { Dialect, Heard, KeepAlive, Kind, Place, Reading, Speaker } from "../../load/dialect.ts";
import {
  awarenessOf,
  cursorsIn,
  emptyStateVector,
  joined,
  loadYjs,
  OwnEntry,
  sync,
  UpdateReader,
  VarReader,
  varBytes,
  varString,
} from "./yjs.ts";

const type = { sync: 0, awareness: 1, auth: 2, queryAwareness: 3, syncReply: 4, close: 7 } as const;
const auth = { token: 0, denied: 1, authenticated: 2 } as const;

class HocuspocusSpeaker implements Speaker {
  readonly path = "/";
  readonly keepAlive: KeepAlive;
  readonly #name: Uint8Array;
  readonly #own: OwnEntry;
  readonly #reader: UpdateReader | undefined;
  #cursorMoves = 0;

  constructor({ room }: Place, own: OwnEntry, reader: UpdateReader | undefined) {
    this.#name = varString(`room-${room}`);
    this.#own = own;
    this.#reader = reader;
    // One that says nothing for a minute is cut. A provider renews its awareness, which everybody then gets; this one has none, which
    // spares the server that. So it asks for the others', and is answered alone.
    this.keepAlive = { everyMs: 20_000, tellsReached: false, message: () => this.#message(type.queryAwareness) };
  }

  opening(): [Uint8Array] {
    return [this.#message(type.auth, [auth.token], varString("a token"))];
  }

  hear(payload: Uint8Array): Heard {
    const at = this.#name.length;
    const [what = -1, which = -1] = payload.subarray(at);
    switch (what) {
      case type.auth:
        if (which !== auth.authenticated) throw new Error("it was not let in");
        return { send: [this.#message(type.sync, [sync.step1], varBytes(Uint8Array.from(emptyStateVector)))] };
      case type.sync:
      case type.syncReply:
        return this.#synced(which);
      case type.close:
        throw new Error("the document was closed");
      default:
        return {};
    }
  }

  /** It has the document with step 2, and then says who it is, which is an update to all. */
  #synced(which: number): Heard {
    if (which === sync.step1) return { send: [this.#message(type.syncReply, [sync.step2], varBytes(this.#own.all()))] };
    if (which !== sync.step2) return {};
    return { joined: true, send: [this.#update(this.#own.set(0, 0, ""))] };
  }

  command(n: number, mark: number, text: string): Uint8Array {
    return this.#update(this.#own.set(n, mark, text));
  }

  presence(mark: number, y: number): Uint8Array {
    return this.#message(type.awareness, varBytes(awarenessOf(this.#own.clientId, ++this.#cursorMoves, { x: mark, y })));
  }

  kind(bytes: Uint8Array, start: number): Kind {
    const at = start + this.#name.length;
    switch (bytes[at]) {
      case type.sync:
        return bytes[at + 1] === sync.update ? "ops" : "answer";
      case type.syncReply:
      case type.auth:
      case type.close:
        return "answer";
      default:
        return "other";
    }
  }

  reached(): undefined {
    return undefined;
  }

  read(payload: Uint8Array): Reading {
    const at = this.#name.length;
    if (payload[at] === type.awareness) return { ops: [], cursors: cursorsIn(new VarReader(payload, at + 1).bytes()) };
    const isSync = payload[at] === type.sync || payload[at] === type.syncReply;
    if (this.#reader === undefined || !isSync || payload[at + 1] === sync.step1) return { ops: [] };
    return { ops: this.#reader.read(new VarReader(payload, at + 2).bytes()) };
  }

  #update(update: Uint8Array): Uint8Array {
    return this.#message(type.sync, [sync.update], varBytes(update));
  }

  #message(what: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
    return joined(this.#name, [what], ...parts);
  }
}

export const dialect: Dialect = {
  numbers: false,
  async speaker(place) {
    const yjs = await loadYjs(import.meta.dir);
    const reader = place.index === 0 ? new UpdateReader(yjs) : undefined;
    return new HocuspocusSpeaker(place, new OwnEntry(yjs, `c${place.index}`), reader);
  },
};
