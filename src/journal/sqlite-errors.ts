/** What SQLite says, as the journal's own errors. From: all of sqlite-*.ts. */
import { JournalError } from "./port.ts";

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "");

export function errorFrom(error: unknown, what: string): JournalError {
  if (error instanceof JournalError) return error;
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code === "SQLITE_FULL" || code === "ENOSPC") return new JournalError("full", `${what}: the disk is full`, { cause: error });
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new JournalError("locked", `${what}: another process has it open`, { cause: error });
  if (isUnreadable(error)) return new JournalError("unreadable", `${what}: ${detail}`, { cause: error });
  return new JournalError("io", `${what}: ${code || detail}`, { cause: error });
}

/** The file, or a page of it, is not what SQLite wrote. */
export const isUnreadable = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
