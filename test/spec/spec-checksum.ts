/** [DELTA-8] FNV-1a, 32 bit, over both bytes of each UTF-16 code unit. */
export function checksum(text: string): number {
  let hash = 2_166_136_261;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (const byte of [unit % 256, unit >> 8]) hash = Math.imul(hash ^ byte, 16_777_619) >>> 0;
  }
  return hash;
}
