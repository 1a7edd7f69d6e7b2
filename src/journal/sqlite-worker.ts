/** The thread that waits for the disk. From: sqlite.ts, one request at a time for writes. To: sqlite-log.ts. */
import type { JournalAlarm, JournalErrorCode } from "./port.ts";
import { errorFrom } from "./sqlite-errors.ts";
import { SqliteLog, type Write } from "./sqlite-log.ts";

export type Call =
  | { readonly do: "init"; readonly path: string; readonly keepSnapshots: number; readonly keepOps: number; readonly freshId: string }
  | { readonly do: "open"; readonly room: string; readonly freshEpoch: string }
  | { readonly do: "write"; readonly writes: readonly Write[] }
  | { readonly do: "read"; readonly room: string; readonly from: number; readonly limit: number }
  | { readonly do: "list"; readonly after: string; readonly limit: number }
  | { readonly do: "head"; readonly room: string }
  | { readonly do: "snapshotAt"; readonly room: string; readonly rev: number }
  | { readonly do: "nextDue"; readonly limit: number }
  | { readonly do: "close" };
export interface Request {
  readonly id: number;
  readonly call: Call;
}
/** As JSON, or, where little is copied for much that is in it, as it is. A text between threads is cheap, hundreds of entries as objects are not. */
export type Posted<T> = T | string;
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: JournalErrorCode; readonly message: string } }
  | { readonly alarm: JournalAlarm };

declare const self: Worker;
const answer = (message: Posted<Answer>): void => self.postMessage(message);

let settings: Extract<Call, { do: "init" }> | undefined;
let log: SqliteLog | undefined;
let salvaged = false;

self.onmessage = ({ data }: MessageEvent<Posted<Request>>) => {
  const { id, call } = typeof data === "string" ? (JSON.parse(data) as Request) : data;
  try {
    const done = { id, value: performOrSalvage(call) };
    answer(typeof data === "string" ? JSON.stringify(done) : done);
  } catch (thrown) {
    const error = errorFrom(thrown, settings?.path ?? "the journal");
    if (error.code === "full" || error.code === "io" || error.code === "unreadable")
      answer({ alarm: { code: error.code, message: error.message } });
    // Fail-stop: the handle may hold what never reached the disk. The next call opens the file anew and sees what is there.
    if (error.code === "io") letGo();
    answer({ id, error: { code: error.code, message: error.message } });
  }
};

/** Whoever only looks repairs nothing. */
const onlyLooks: ReadonlySet<Call["do"]> = new Set(["list", "head", "snapshotAt"]);

/** Pages that cannot be read are salvaged around, then the call is tried again: nothing of it was done, and a write compares before it appends. */
function performOrSalvage(call: Call): unknown {
  try {
    return perform(call);
  } catch (thrown) {
    if (onlyLooks.has(call.do)) throw thrown;
    // Once: a disk that goes on breaking pages would be filled with damaged files.
    if (salvaged || log === undefined || errorFrom(thrown, "").code !== "unreadable") throw thrown;
    salvaged = true;
    const damaged = log;
    log = undefined;
    damaged.salvage();
    return perform(call);
  }
}

function perform(call: Call): unknown {
  if (call.do === "init") {
    settings = call;
    opened();
    return undefined;
  }
  if (call.do === "close") {
    const closing = log;
    log = undefined;
    closing?.close();
    return undefined;
  }
  const open = opened();
  switch (call.do) {
    case "open":
      return open.open(call.room, call.freshEpoch);
    case "write":
      return open.write(call.writes);
    case "read":
      return open.read(call.room, call.from, call.limit);
    case "list":
      return open.list(call.after, call.limit);
    case "head":
      return open.head(call.room);
    case "snapshotAt":
      return open.snapshotAt(call.room, call.rev);
    case "nextDue":
      return open.nextDue(call.limit);
  }
}

function opened(): SqliteLog {
  if (settings === undefined) throw new Error("the journal's worker was not initialised");
  log ??= new SqliteLog({ ...settings, onAlarm: (alarm) => answer({ alarm }) }, settings.freshId);
  return log;
}

function letGo(): void {
  try {
    log?.abandon();
  } catch (error) {
    answer({ alarm: { code: "io", message: `closing after an I/O error: ${error instanceof Error ? error.message : String(error)}` } });
  }
  log = undefined;
}
