/** What a client writes: the upgrade, and its masked frames (RFC 6455, sections 4.1 and 5.3). The mask is zero, so that the load costs no XOR; a server unmasks it all the same. */
import type { Outgoing } from "./dialect.ts";
import { opcodes } from "./walker.ts";

const encoder = new TextEncoder();

export function upgradeRequest(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Uint8Array {
  const all = {
    Host: `127.0.0.1:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "cXVvcmF0ZSBiZW5jaC4uLg==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return encoder.encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Where the answer's head ends, or -1. Throws if it is no upgrade. */
export function upgradeEnd(answer: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(answer);
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return -1;
  const status = text.slice(0, text.indexOf("\r\n"));
  if (!status.startsWith("HTTP/1.1 101")) throw new Error(`the upgrade was answered by '${status}'`);
  return end + 4;
}

export const encodeMessage = (payload: Outgoing): Uint8Array =>
  typeof payload === "string" ? encodeFrame(opcodes.text, encoder.encode(payload)) : encodeFrame(opcodes.binary, payload);

export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + lengthBytes + 4;
  const frame = new Uint8Array(start + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  for (let i = 0, rest = length; i < lengthBytes; i++) {
    frame[1 + lengthBytes - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  frame.set(payload, start);
  return frame;
}
