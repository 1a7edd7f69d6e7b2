/**
 * Where a client's number, secret and pending commands outlive its page or process. A port: browsers have IndexedDB (indexed-db.ts),
 * Bun and Node a folder (file.ts); without one, a client lives as long as its memory.
 */
import type { Keeping } from "./keeping.ts";
import type { StoredCommand } from "./pending.ts";

/** One client of one room, plain JSON. */
export interface ClientRecord {
  /** The client's public id. */
  readonly client: string;
  /** The secret that proves to be that client; none before its first welcome. */
  readonly resume?: string | undefined;
  /** Whom the server took it for. */
  readonly user?: string | undefined;
  readonly nextSeq: number;
  readonly pending: readonly StoredCommand[];
  /** ms since the Unix epoch. */
  readonly usedAt: number;
}

/** A client that nobody else can be while this is held. */
export interface Slot {
  /** As it was when it was claimed. */
  readonly record: ClientRecord;
  /** Resolves once it would survive a crash. */
  save(record: ClientRecord): Promise<void>;
  /** Others may be this client again. `forget`: nobody needs to. */
  release(forget?: boolean): Promise<void>;
}

/** `keeping` is the part that all have in common. */
export interface ClientStorage extends Keeping {
  /** Of this room, the client that was used last and that nobody is; or `fresh`, a new one. */
  claim(room: string, fresh: ClientRecord): Promise<Slot>;
  /** A new client in any case. */
  claimFresh(room: string, fresh: ClientRecord): Promise<Slot>;
  /** Of this room, all others that nobody is and that have commands pending; held from now on. */
  orphans(room: string): Promise<readonly Slot[]>;
}

/** A record older than this is forgotten, as the server forgets its fates. */
export const recordDaysMax = 30;
export const isOutdated = ({ usedAt }: ClientRecord, now: number): boolean => now - usedAt > recordDaysMax * 86_400_000;

/** Newest first. */
export const byUse = (records: readonly ClientRecord[]): ClientRecord[] => [...records].sort((a, b) => b.usedAt - a.usedAt);
