/** What the control servers speak: `{n, event}` up, `{"type":"delta","from","to","ops":[[who, n, event] …]}` down. */
import type { Dialect, Heard, Place, Reading, Speaker } from "../load/dialect.ts";
import { numberAfter } from "./number-after.ts";

const decoder = new TextDecoder();
const lowerD = "d".charCodeAt(0);

interface Frame {
  readonly type: "welcome" | "delta";
  readonly from: number;
  readonly to: number;
  readonly ops: readonly (readonly [who: number, n: number, event: PlainEvent | { readonly n: number; readonly event: PlainEvent }])[];
}
interface PlainEvent {
  readonly mark: number;
}

class PlainSpeaker implements Speaker {
  readonly path: string;

  constructor({ room }: Place) {
    this.path = `/${room}`;
  }

  opening(): [] {
    return [];
  }

  hear(payload: Uint8Array): Heard {
    const { to } = JSON.parse(decoder.decode(payload)) as Frame;
    return { joined: true, reached: to };
  }

  command(n: number, mark: number, text: string): string {
    return `{"n":${n},"event":{"type":"status","text":"${text}","mark":${mark}}}`;
  }

  kind(bytes: Uint8Array, start: number): "ops" | "other" {
    return bytes[start + typeAt] === lowerD ? "ops" : "other";
  }

  reached(bytes: Uint8Array, start: number, kept: number): number | undefined {
    return numberAfter('"to":', bytes, start, kept);
  }

  read(payload: Uint8Array): Reading {
    const { type, from, to, ops } = JSON.parse(decoder.decode(payload)) as Frame;
    if (type !== "delta") return { ops: [], snapshot: to };
    return { ops: ops.map(([, , event], i) => ({ stream: 0, n: from + 1 + i, mark: "event" in event ? event.event.mark : event.mark })) };
  }
}

const typeAt = '{"type":"'.length;

export const dialect: Dialect = { numbers: true, speaker: (place) => new PlainSpeaker(place) };
