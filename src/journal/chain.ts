/** Hashes over entries and snapshots: they find damage, they are no secret. 24 base64url characters are 144 bits. From: all of sqlite-*.ts, inspect/log.ts. */
import { createHash } from "node:crypto";

/** Each entry's hash covers the one before it, so a lost, changed or exchanged entry breaks all that follow. A snapshot's covers its place in the chain. */
export const chainHash = (before: string, rev: number, data: string): string =>
  createHash("sha256").update(`${before}\n${rev}\n${data}`).digest("base64url").slice(0, 24);
/** What a room's first entry is chained to. */
export const genesis = (room: string): string => createHash("sha256").update(room).digest("base64url").slice(0, 24);
