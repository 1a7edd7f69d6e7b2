/** The event log: one entry per message, of which the newest are kept. From: live.ts. To: log-view.tsx. Pure. */
import type { StateValue } from "xstate";
import type { InspectedEvent, InspectMessage, RefusedMessage } from "../../messages.ts";
import { leavesOf } from "../chart/taken.ts";

export const logEntriesMax = 2_000;

export const logKinds = ["event", "state", "actor", "refused", "note"] as const;
export type LogKind = (typeof logKinds)[number];

export interface Entry {
  /** Counts up; never given twice. */
  readonly key: number;
  readonly at: number;
  readonly kind: LogKind;
  /** The room that it is of; `undefined`: of the server. */
  readonly room: string | undefined;
  /** Whose it is, for people. */
  readonly actor: string;
  readonly type: string;
  readonly by: InspectedEvent["by"];
  readonly seq: number | undefined;
  readonly rev: number | undefined;
  readonly text: string;
  readonly refused?: RefusedMessage;
}

export interface LogFilter {
  /** `undefined`: all rooms. */
  readonly room: string | undefined;
  readonly text: string;
  /** What is left out. */
  readonly without: ReadonlySet<LogKind>;
  readonly nameOf: (user: string) => string;
}

/** The newest `logEntriesMax`. */
export function appended(log: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  if (more.length === 0) return log;
  if (more.length >= logEntriesMax) return more.slice(-logEntriesMax);
  return [...log.slice(Math.max(0, log.length + more.length - logEntriesMax)), ...more];
}

/** All of the words have to be somewhere in the entry: its actor, event, person, text. */
export function filtered(log: readonly Entry[], { room, text, without, nameOf }: LogFilter): readonly Entry[] {
  const isIn = (entry: Entry, word: string): boolean =>
    haystack(entry).includes(word) || (entry.by !== undefined && nameOf(entry.by.user).toLowerCase().includes(word));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return log.filter(
    (entry) => !without.has(entry.kind) && (room === undefined || entry.room === room) && words.every((word) => isIn(entry, word)),
  );
}

const haystacks = new WeakMap<Entry, string>();
function haystack(entry: Entry): string {
  let text = haystacks.get(entry);
  if (text === undefined) {
    const { actor, type, by, room } = entry;
    text = [actor, type, entry.text, room, by?.user, by?.role, by?.client, entry.kind].join(" ").toLowerCase();
    haystacks.set(entry, text);
  }
  return text;
}

interface Of {
  readonly name: string;
  readonly room: string | undefined;
}

/** `undefined` where a message is no line of the log. */
export function entryOf(message: InspectMessage, key: number, of: Of | undefined): Entry | undefined {
  if (message.type === "quorate.room") return undefined;
  if (message.type === "quorate.dropped") {
    const text = `This page was too slow: ${message.count} ${message.count === 1 ? "message is" : "messages are"} missing here.`;
    return { key, at: Date.now(), kind: "note", room: undefined, actor: "inspector", ...nobody, type: "dropped", text };
  }
  if (message.type === "quorate.refused") {
    const { at, room, by, seq, event, code, guard, reason, rev } = message;
    const text = `${guard === undefined ? code : `${code} ${guard}`} · ${reason}`;
    return { key, at, kind: "refused", room, actor: room, type: event, by, seq, rev, text, refused: message };
  }
  const base = { key, at: Number(message.createdAt), room: of?.room, actor: of?.name ?? message.sessionId, ...nobody };
  if (message.type === "@xstate.actor") return { ...base, kind: "actor", type: "appears", text: valueText(message.snapshot.value) };
  const { type, by, seq } = message.event;
  const what = { ...base, type, by, seq };
  if (message.type === "@xstate.event") return { ...what, kind: "event", text: "" };
  const { status, value } = message.snapshot;
  const text = status === "active" ? valueText(value) : `${status} ${valueText(value)}`.trim();
  return { ...what, kind: "state", rev: message.rev, text };
}

const nobody = { by: undefined, seq: undefined, rev: undefined };
export const valueText = (value: StateValue | undefined): string => leavesOf(value).join("  ");
