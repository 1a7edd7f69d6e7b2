/**
 * The checksum of a state's JSON text ([DELTA-8] in SPEC.md), by which a client finds that its replay went another way than the server's.
 * FNV-1a, 32 bit, over the UTF-16 code units, two bytes each, the low one first. It finds bugs; it is no protection from anyone.
 */
export function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
