/** tldraw's sync protocol, version 8: JSON both ways. A client pushes what it changed in records; the others get patches, sixty times a second at most. */
import type { Dialect, Heard, KeepAlive, Kind, Place, Reading, SeenOp, Speaker } from "../../load/dialect.ts";

type ServerMessage =
  | { readonly type: "connect"; readonly diff: Diff }
  | { readonly type: "data"; readonly data: readonly DataMessage[] }
  | { readonly type: "pong" | "custom" | "incompatibility_error" };
type DataMessage =
  | { readonly type: "patch"; readonly diff: Diff }
  | { readonly type: "push_result"; readonly action: "commit" | "discard" | { readonly rebaseWithDiff: Diff } };

/** By record id. */
type Diff = Readonly<Record<string, RecordOp>>;
type RecordOp = readonly ["put", Status & Cursor] | readonly ["patch", Patch<Status> & Patch<Cursor>] | readonly ["remove"];
type Patch<Fields> = { readonly [Key in keyof Fields]: readonly ["put", Fields[Key]] };

/** As server.mjs has it. */
interface Status {
  readonly n: number;
  readonly text: string;
  readonly mark: number;
}
interface Cursor {
  readonly x: number;
}

class TldrawSpeaker implements Speaker {
  readonly path: string;
  readonly keepAlive = keepAlive;
  readonly #recordId: string;
  readonly #index: number;
  #hasCursor = false;

  constructor({ room, index }: Place) {
    this.path = `/room-${room}?sessionId=session-${index}`;
    this.#recordId = `status:c${index}`;
    this.#index = index;
  }

  opening(): [string] {
    const schema = { schemaVersion: 2, sequences: {} };
    return [JSON.stringify({ type: "connect", connectRequestId: `c${this.#index}`, lastServerClock: 0, protocolVersion: 8, schema })];
  }

  /** It has the records with the answer, and then says who it is, which is a record that all get. */
  hear(payload: Uint8Array): Heard {
    const message = parse(payload);
    if (message?.type === "incompatibility_error") throw new Error("the room speaks another version");
    if (message?.type !== "connect") return {};
    const record = { id: this.#recordId, typeName: "status", n: 0, text: "", mark: 0 };
    return { joined: true, send: [`{"type":"push","clientClock":0,"diff":{"${this.#recordId}":["put",${JSON.stringify(record)}]}}`] };
  }

  command(n: number, mark: number, text: string): string {
    const patch = `{"n":["put",${n}],"text":["put","${text} ${this.#index}"],"mark":["put",${mark}]}`;
    return `{"type":"push","clientClock":${n},"diff":{"${this.#recordId}":["patch",${patch}]}}`;
  }

  /** A push without a diff. Its clock is only given back with the result, to which nobody listens. */
  presence(mark: number, y: number): string {
    const op = this.#hasCursor ? `["patch",{"x":["put",${mark}],"y":["put",${y}]}]` : `["put",{"x":${mark},"y":${y}}]`;
    this.#hasCursor = true;
    return `{"type":"push","clientClock":0,"presence":${op}}`;
  }

  kind(bytes: Uint8Array, start: number): Kind {
    switch (bytes[start + typeAt]) {
      case code.d:
        return "ops";
      case code.i: // incompatibility_error
        return "answer";
      default:
        return "other";
    }
  }

  /** There is a clock, but a message of several patches tells the newest at its end. */
  reached(): undefined {
    return undefined;
  }

  read(payload: Uint8Array): Reading {
    const message = parse(payload);
    if (message?.type !== "data") return { ops: [] };
    const diffs = message.data.flatMap((one) => (one.type === "patch" ? [one.diff] : []));
    return { ops: diffs.flatMap(opsIn), cursors: diffs.flatMap(cursorsIn) };
  }
}

function opsIn(diff: Diff): SeenOp[] {
  return Object.entries(diff).flatMap(([id, op]): SeenOp[] => {
    if (!id.startsWith(statusId) || op[0] === "remove") return [];
    const stream = Number(id.slice(statusId.length));
    if (op[0] === "put") return [{ stream, n: op[1].n, mark: undefined }]; // it has joined
    return [{ stream, n: op[1].n[1], mark: op[1].mark[1] }];
  });
}

function cursorsIn(diff: Diff): number[] {
  return Object.entries(diff).flatMap(([id, op]) => {
    if (!id.startsWith(cursorId) || op[0] === "remove") return [];
    return [op[0] === "put" ? op[1].x : op[1].x[1]];
  });
}

/** Of a message of which only the beginning was kept there is nothing to be known. */
function parse(payload: Uint8Array): ServerMessage | undefined {
  try {
    return JSON.parse(decoder.decode(payload)) as ServerMessage;
  } catch {
    return undefined;
  }
}

const keepAlive: KeepAlive = { everyMs: 5_000, tellsReached: false, message: () => `{"type":"ping"}` };
const decoder = new TextDecoder();
const statusId = "status:c";
const cursorId = "cursor:";
const typeAt = '{"type":"'.length;
const code = { d: "d".charCodeAt(0), i: "i".charCodeAt(0) };

export const dialect: Dialect = { numbers: false, speaker: (place) => new TldrawSpeaker(place) };
