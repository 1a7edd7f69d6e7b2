/** y-websocket's protocol: the room is the path; in each message what kind it is comes first, then y-protocols' own. */
import type { Dialect, Heard, Kind, Place, Reading, Speaker } from "../../load/dialect.ts";
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
} from "../hocuspocus/yjs.ts";

const type = { sync: 0, awareness: 1 } as const;

class YWebsocketSpeaker implements Speaker {
  readonly path: string;
  readonly #own: OwnEntry;
  readonly #reader: UpdateReader | undefined;
  #cursorMoves = 0;

  constructor({ room }: Place, own: OwnEntry, reader: UpdateReader | undefined) {
    this.path = `/room-${room}`;
    this.#own = own;
    this.#reader = reader;
  }

  /** It has no awareness until it moves a cursor: a provider renews its own every 15 s, and everybody gets that, which this spares the server. */
  opening(): [Uint8Array] {
    return [joined([type.sync, sync.step1], varBytes(Uint8Array.from(emptyStateVector)))];
  }

  /** It has the document with step 2, and then says who it is, which is an update to all. */
  hear(payload: Uint8Array): Heard {
    const [what, which] = payload;
    if (what !== type.sync) return {};
    if (which === sync.step1) return { send: [joined([type.sync, sync.step2], varBytes(this.#own.all()))] };
    return which === sync.step2 ? { joined: true, send: [this.command(0, 0, "")] } : {};
  }

  command(n: number, mark: number, text: string): Uint8Array {
    return joined([type.sync, sync.update], varBytes(this.#own.set(n, mark, text)));
  }

  presence(mark: number, y: number): Uint8Array {
    return joined([type.awareness], varBytes(awarenessOf(this.#own.clientId, ++this.#cursorMoves, { x: mark, y })));
  }

  kind(bytes: Uint8Array, start: number): Kind {
    if (bytes[start] !== type.sync) return "other";
    return bytes[start + 1] === sync.update ? "ops" : "answer";
  }

  reached(): undefined {
    return undefined;
  }

  read(payload: Uint8Array): Reading {
    if (payload[0] === type.awareness) return { ops: [], cursors: cursorsIn(new VarReader(payload, 1).bytes()) };
    if (this.#reader === undefined || payload[0] !== type.sync || payload[1] === sync.step1) return { ops: [] };
    return { ops: this.#reader.read(new VarReader(payload, 2).bytes()) };
  }
}

export const dialect: Dialect = {
  numbers: false,
  async speaker(place) {
    const yjs = await loadYjs(import.meta.dir);
    const reader = place.index === 0 ? new UpdateReader(yjs) : undefined;
    return new YWebsocketSpeaker(place, new OwnEntry(yjs, `c${place.index}`), reader);
  },
};
