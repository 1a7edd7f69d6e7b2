/** Hashes over entries and snapshots: they find damage, they are no secret. 24 base64url characters are 144 bits. From: all of sqlite-*.ts, inspect/log.ts. */

/** Each entry's hash covers the one before it, so a lost, changed or exchanged entry breaks all that follow. A snapshot's covers its place in the chain. */
export const chainHash = (before: string, rev: number, data: string): string =>
  Bun.SHA256.hash(`${before}\n${rev}\n${data}`, "base64url").slice(0, 24);
/** What a room's first entry is chained to. */
export const genesis = (room: string): string => Bun.SHA256.hash(room, "base64url").slice(0, 24);
