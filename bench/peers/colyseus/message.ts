/** Colyseus' binary messages: the first byte says what it is. A room message has a name, and its content in MessagePack. */

export const code = { joinRoom: 10, error: 11, leaveRoom: 12, roomData: 13, state: 14, patch: 15 } as const;
/** The other bits of the first byte are flags. */
export const codeMask = 0x1f;

/** Strings of up to 255 bytes, names of up to 31. */
export function roomMessage(name: string, content: Readonly<Record<string, number | string>>): Uint8Array {
  const entries = Object.entries(content);
  const bytes = [code.roomData, ...packedName(name), 0x80 | entries.length];
  for (const [key, value] of entries) {
    bytes.push(...packedName(key), ...(typeof value === "number" ? packedNumber(value) : packedText(value)));
  }
  return Uint8Array.from(bytes);
}

const encoder = new TextEncoder();
const scratch = new DataView(new ArrayBuffer(9));

const packedName = (text: string): number[] => [0xa0 | text.length, ...encoder.encode(text)];

function packedText(text: string): number[] {
  const words = encoder.encode(text);
  return [0xd9, words.length, ...words];
}

function packedNumber(value: number): number[] {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
    scratch.setUint8(0, 0xce);
    scratch.setUint32(1, value);
    return scratched(5);
  }
  scratch.setUint8(0, 0xcb);
  scratch.setFloat64(1, value);
  return scratched(9);
}

const scratched = (length: number): number[] => [...new Uint8Array(scratch.buffer, 0, length)];
