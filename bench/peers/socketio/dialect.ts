/** Socket.IO's protocol 5 over Engine.IO's protocol 4, on a WebSocket from the start: a digit for the packet, then the event as a JSON array. */
import { numberAfter } from "../../dialects/number-after.ts";
import type { Dialect, Heard, Kind, Place, Reading, Speaker } from "../../load/dialect.ts";

type Event =
  | readonly ["state", { readonly rev: number }]
  | readonly ["status", { readonly rev: number; readonly mark: number }]
  | readonly ["joined" | "left", { readonly rev: number }]
  | readonly ["cursor", { readonly x: number }];

const packet = { open: "0", ping: "2", pong: "3", connect: "40", disconnect: "41", event: "42", connectError: "44" } as const;

class SocketIoSpeaker implements Speaker {
  readonly path = "/socket.io/?EIO=4&transport=websocket";
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  /** The server speaks first. */
  opening(): [] {
    return [];
  }

  hear(payload: Uint8Array): Heard {
    const text = decoder.decode(payload);
    if (text === packet.ping) return { send: [packet.pong] };
    if (text.startsWith(packet.disconnect) || text.startsWith(packet.connectError)) throw new Error(text);
    if (text.startsWith(packet.open)) {
      const { room, index } = this.#place;
      return { send: [`${packet.connect}${JSON.stringify({ room: `room-${room}`, who: `c${index}` })}`] };
    }
    const event = eventIn(text);
    return event?.[0] === "state" ? { joined: true, reached: event[1].rev } : {};
  }

  command(_n: number, mark: number, text: string): string {
    return `42["status",{"text":"${text} ${this.#place.index}","mark":${mark}}]`;
  }

  presence(mark: number, y: number): string {
    return `42["cursor",{"x":${mark},"y":${y}}]`;
  }

  kind(bytes: Uint8Array, start: number, kept: number): Kind {
    if (kept === 1 || bytes[start + 1] !== code.two) return "answer"; // a ping, or the end
    return bytes[start + nameAt] === code.c ? "other" : "ops";
  }

  reached(bytes: Uint8Array, start: number, kept: number): number | undefined {
    return numberAfter('"rev":', bytes, start, kept);
  }

  read(payload: Uint8Array): Reading {
    const event = eventIn(decoder.decode(payload));
    switch (event?.[0]) {
      case "state":
        return { ops: [], snapshot: event[1].rev };
      case "status":
        return { ops: [{ stream: 0, n: event[1].rev, mark: event[1].mark }] };
      case "joined":
      case "left":
        return { ops: [{ stream: 0, n: event[1].rev, mark: undefined }] };
      case "cursor":
        return { ops: [], cursors: [event[1].x] };
      default:
        return { ops: [] };
    }
  }
}

const decoder = new TextDecoder();
const eventIn = (text: string): Event | undefined =>
  text.startsWith(packet.event) ? (JSON.parse(text.slice(packet.event.length)) as Event) : undefined;
const nameAt = '42["'.length;
const code = { two: "2".charCodeAt(0), c: "c".charCodeAt(0) };

export const dialect: Dialect = { numbers: true, speaker: (place) => new SocketIoSpeaker(place) };
