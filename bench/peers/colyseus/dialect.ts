/**
 * Colyseus' protocol: a seat is reserved by HTTP, then the first byte of each binary message says what it is. A state patch bears the newest
 * values only, so that texts which were replaced within a patch's 50 ms are never sent: they count as skipped.
 */
import type { Dialect, Heard, Kind, Place, Reading, SeenOp, Speaker } from "../../load/dialect.ts";
import { code, codeMask, roomMessage } from "./message.ts";
import { loadSchemas, type Participant, type SchemaDecoder, type Schemas } from "./schema.ts";

interface Seat {
  readonly processId: string;
  readonly roomId: string;
  readonly sessionId: string;
}

class ColyseusSpeaker implements Speaker {
  readonly path: string;
  readonly #place: Place;
  readonly #observing: StateReader | undefined;

  constructor(place: Place, { processId, roomId, sessionId }: Seat, observing: StateReader | undefined) {
    this.path = `/${processId}/${roomId}?sessionId=${sessionId}`;
    this.#place = place;
    this.#observing = observing;
  }

  /** The server speaks first. */
  opening(): [] {
    return [];
  }

  hear(payload: Uint8Array): Heard {
    switch ((payload[0] ?? 0) & codeMask) {
      case code.joinRoom:
        return { send: [Uint8Array.of(code.joinRoom)] };
      case code.state:
        return { joined: true };
      case code.error:
      case code.leaveRoom:
        throw new Error(`the room said ${new TextDecoder().decode(payload)}`);
      default:
        return {};
    }
  }

  command(n: number, mark: number, text: string): Uint8Array {
    return roomMessage("status", { n, mark, text: `${text} ${this.#place.index}` });
  }

  /** A cursor is a part of the state, as a player's place is. */
  presence(mark: number, y: number): Uint8Array {
    return roomMessage("cursor", { x: mark, y });
  }

  kind(bytes: Uint8Array, start: number): Kind {
    switch ((bytes[start] ?? 0) & codeMask) {
      case code.patch:
        return "ops";
      case code.error:
      case code.leaveRoom:
        return "answer";
      default:
        return "other";
    }
  }

  reached(): undefined {
    return undefined;
  }

  read(payload: Uint8Array): Reading {
    return this.#observing?.read(payload) ?? { ops: [] };
  }
}

/** The observer's copy of the room's state. */
class StateReader {
  readonly #schemas: Schemas;
  #decoder: SchemaDecoder | undefined;
  #ops: SeenOp[] = [];
  #cursors: number[] = [];

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  read(payload: Uint8Array): Reading {
    const what = (payload[0] ?? 0) & codeMask;
    if (what === code.joinRoom) this.#begin(payload);
    if (what !== code.state && what !== code.patch) return { ops: [] };
    this.#ops = [];
    this.#cursors = [];
    this.#decoder?.decode(payload, { offset: 1 });
    return { ops: this.#ops, cursors: this.#cursors };
  }

  /** What the state is made of comes with the seat: after two strings with a byte for their length each. */
  #begin(payload: Uint8Array): void {
    const at = { offset: 1 };
    at.offset += 1 + (payload[at.offset] ?? 0);
    at.offset += 1 + (payload[at.offset] ?? 0);
    const length = this.#schemas.decode.number(payload, at);
    this.#decoder = this.#schemas.Reflection.decode(payload.slice(at.offset, at.offset + length));
    this.#decoder.triggerChanges = (changes) => {
      for (const { field, ref } of changes) {
        // The other fields of a participant may come in the same patch, so it is read as a whole.
        const { name, n, mark, x } = ref as Participant;
        if (field === "x" && x > 0) this.#cursors.push(x);
        // Each command changes `n`, and nothing else does.
        if (field === "n") this.#ops.push({ stream: Number(name.slice(1)), n, mark: n === 0 ? undefined : mark });
      }
    };
  }
}

async function seatFor({ index, room, port }: Place): Promise<Seat> {
  const answer = await fetch(`http://127.0.0.1:${port}/matchmake/joinOrCreate/meeting`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ room: `room-${room}`, name: `c${index}` }),
  });
  if (!answer.ok) throw new Error(`no seat: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Seat;
}

export const dialect: Dialect = {
  numbers: false,
  skips: true,
  async speaker(place) {
    const observing = place.index === 0 ? new StateReader(await loadSchemas()) : undefined;
    return new ColyseusSpeaker(place, await seatFor(place), observing);
  },
};
