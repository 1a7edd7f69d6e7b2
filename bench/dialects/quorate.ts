/** Quorate's wire (SPEC.md), as far as a client of the pulse room needs it. */
import type { Dialect, Heard, KeepAlive, Kind, Place, Reading, SeenOp, Speaker } from "../load/dialect.ts";
import { numberAfter } from "./number-after.ts";

const decoder = new TextDecoder();

interface Welcome {
  readonly resume: string;
  readonly epoch: string;
  readonly rev: number;
  readonly recovered: string;
}
interface Snapshot {
  readonly rev: number;
  readonly part?: number;
  readonly parts?: number;
}
interface Delta {
  readonly from: number;
  readonly to: number;
  readonly ops: readonly (readonly [who: number, seq: number, event: { readonly type: string; readonly mark?: number }])[];
}
type Frame =
  | { readonly type: "welcome"; readonly payload: Welcome }
  | { readonly type: "snapshot"; readonly payload: Snapshot }
  | { readonly type: "delta"; readonly payload: Delta }
  | { readonly type: "presence"; readonly payload: { readonly set: readonly (readonly [who: number, state: { readonly x: number }])[] } }
  | { readonly type: "pong"; readonly payload: unknown }
  | {
      readonly type: "error" | "closing" | "refused";
      readonly payload: { readonly code: string; readonly message?: string; readonly reason?: string };
    };

/** PING-1, while deltas come without a pause. */
const keepAlive: KeepAlive = {
  everyMs: 10_000,
  everyBytes: 256 * 1024,
  tellsReached: true,
  message: (reached) => `{"type":"ping","payload":{"rev":${reached}}}`,
};

class QuorateSpeaker implements Speaker {
  readonly path: string;
  readonly keepAlive = keepAlive;
  readonly #place: Place;
  readonly #since: { readonly epoch: string; readonly rev: number } | undefined;
  readonly #resume: string | undefined;
  readonly #commandsBefore: number;
  #commands: number;
  #welcome: Welcome | undefined;

  constructor(place: Place, before?: { readonly welcome: Welcome; readonly rev: number; readonly commands: number }) {
    this.#place = place;
    this.path = `/rooms/pulse/room-${place.room}`;
    this.#since = before === undefined ? undefined : { epoch: before.welcome.epoch, rev: before.rev };
    this.#resume = before?.welcome.resume;
    this.#commandsBefore = before?.commands ?? 0;
    this.#commands = this.#commandsBefore;
  }

  get recovered(): string {
    return this.#welcome?.recovered ?? "not yet";
  }

  opening(): readonly string[] {
    const { index } = this.#place;
    const client = `c${index}`;
    const payload = {
      protocol: 1,
      client,
      machine: 1,
      nextSeq: this.#commandsBefore + 1,
      token: `Guest ${index}`,
      since: this.#since,
      resume: this.#resume,
    };
    return [JSON.stringify({ type: "hello", payload })];
  }

  hear(payload: Uint8Array): Heard {
    const { frame, text } = parse(payload);
    if (frame === undefined) return { trouble: text };
    switch (frame.type) {
      case "welcome":
        this.#welcome = frame.payload;
        // With nothing missed there may be nothing more to come.
        return this.#since !== undefined && frame.payload.recovered === "resumed" && frame.payload.rev === this.#since.rev
          ? { joined: true, reached: frame.payload.rev }
          : {};
      case "snapshot":
        return isLast(frame.payload) ? { joined: true, reached: frame.payload.rev } : {};
      case "delta":
        // After a resume: what was missed comes in one or more of them.
        return { reached: frame.payload.to, joined: frame.payload.to >= (this.#welcome?.rev ?? Number.POSITIVE_INFINITY) };
      case "error":
      case "refused":
        return { trouble: text };
      case "closing":
        throw new Error(text);
      default:
        return {};
    }
  }

  command(n: number, mark: number, text: string): string {
    this.#commands = n;
    return `{"type":"command","payload":{"seq":${n},"event":{"type":"status","text":"${text}","mark":${mark}}}}`;
  }

  grow(n: number, from: number, count: number): string {
    this.#commands = n;
    return `{"type":"command","payload":{"seq":${n},"event":{"type":"invite","from":${from},"count":${count}}}}`;
  }

  presence(mark: number, y: number): string {
    return `{"type":"presence","payload":{"state":{"x":${mark},"y":${y}}}}`;
  }

  resumed(reached: number): Speaker {
    if (this.#welcome === undefined) throw new Error("it never was there");
    return new QuorateSpeaker(this.#place, { welcome: this.#welcome, rev: reached, commands: this.#commands });
  }

  kind(bytes: Uint8Array, start: number): Kind {
    switch (bytes[start + typeAt]) {
      case code.d:
        return "ops";
      case code.e: // error
      case code.c: // closing
      case code.r: // refused
        return "answer";
      default:
        return "other";
    }
  }

  reached(bytes: Uint8Array, start: number, kept: number): number | undefined {
    return numberAfter('"to":', bytes, start, kept);
  }

  read(payload: Uint8Array): Reading {
    const { frame } = parse(payload);
    if (frame?.type === "snapshot" && isLast(frame.payload)) return { ops: [], snapshot: frame.payload.rev };
    if (frame?.type === "presence") return { ops: [], cursors: frame.payload.set.map(([, { x }]) => x) };
    if (frame?.type !== "delta") return { ops: [] };
    const { from, ops } = frame.payload;
    return { ops: ops.map(([, , event], i): SeenOp => ({ stream: 0, n: from + 1 + i, mark: event.mark })) };
  }
}

/** Of a message of which only the beginning was kept there is no frame. */
function parse(payload: Uint8Array): { readonly frame: Frame | undefined; readonly text: string } {
  const text = decoder.decode(payload);
  try {
    return { frame: JSON.parse(text) as Frame, text };
  } catch {
    return { frame: undefined, text };
  }
}

const isLast = ({ part, parts }: Snapshot): boolean => part === parts;
const typeAt = '{"type":"'.length;
const code = { c: "c".charCodeAt(0), d: "d".charCodeAt(0), e: "e".charCodeAt(0), r: "r".charCodeAt(0) };

export const dialect: Dialect = { numbers: true, speaker: (place) => new QuorateSpeaker(place) };
