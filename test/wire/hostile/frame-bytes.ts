/** WebSocket frames as bytes (RFC 6455 §5.2), the wrong ones included. */

export interface FrameShape {
  /** Default: a whole message. */
  readonly fin?: boolean;
  /** The three reserved bits, 0–7. */
  readonly rsv?: number;
  /** Default 1, text. */
  readonly opcode?: number;
  /** Default true: a client has to. The mask is not zero, so that one who forgets to unmask is found out. */
  readonly masked?: boolean;
  readonly payload?: string | Uint8Array;
  /** How the length is written; default: the shortest form. */
  readonly form?: 7 | 16 | 64;
  /** What the length says, if not the truth. */
  readonly claims?: bigint;
}

const mask = [0x5a, 0x0f, 0xc3, 0x81] as const;

export function frameBytes({ fin = true, rsv = 0, opcode = 1, masked = true, payload = "", form, claims }: FrameShape = {}): number[] {
  const body = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const length = claims ?? BigInt(body.length);
  const written = form ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const head = Buffer.alloc(written === 7 ? 2 : written === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (written === 7 ? Number(length) : written === 16 ? 126 : 127);
  if (written === 16) head.writeUInt16BE(Number(length), 2);
  if (written === 64) head.writeBigUInt64BE(length, 2);
  if (!masked) return [...head, ...body];
  return [...head, ...mask, ...body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))];
}

/** A frame of the protocol, in one piece. */
export const textBytes = (frame: unknown): number[] => frameBytes({ payload: typeof frame === "string" ? frame : JSON.stringify(frame) });

/** One message in pieces of `size` bytes. */
export function fragments(payload: Uint8Array, size: number): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < payload.length; at += size)
    bytes.push(...frameBytes({ fin: at + size >= payload.length, opcode: at === 0 ? 1 : 0, payload: payload.subarray(at, at + size) }));
  return bytes;
}
