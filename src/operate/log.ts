/**
 * What `bun run server` writes of itself: one line per event, for machines (JSON, by pino) or for people. From: main.ts, the one place that makes it; `createServer` knows
 * `onAlarm` alone. What it does goes to the first stream, what is wrong to the second. Nothing that a client sent is written, but for names of rooms.
 */
import pino, { type Logger } from "pino";
import type { ServerAlarm } from "../gateway/server.ts";
import { JournalError } from "../journal/port.ts";
import { Floods } from "./floods.ts";

export type LogFormat = "json" | "text";

export interface Started {
  readonly version: string;
  readonly url: string;
  readonly journal: string;
  /** Without its token. */
  readonly adminUrl: string | undefined;
  readonly roomTypes: readonly string[];
  readonly signIn: boolean;
}

export interface LogOptions {
  readonly format: LogFormat;
  /** Of one line, without its end. By default they go to stdout and stderr, before the call returns. */
  readonly print?: { readonly out: (line: string) => void; readonly err: (line: string) => void };
  /** What foreign errors say: useful to who wrote the app, but they may quote what people wrote. */
  readonly showMessages: boolean;
  /** Monotonic ms. */
  readonly now: () => number;
}

const textCharsMax = 500;
/** Each of these tells of another loss. */
const neverLeftOut: ReadonlySet<ServerAlarm["code"]> = new Set(["damaged", "rolledBack", "unreadable"]);
const framesMax = 6;

export class Log {
  readonly format: LogFormat;
  readonly #out: Logger;
  readonly #err: Logger;
  readonly #showMessages: boolean;
  readonly #floods: Floods;

  constructor({ format, print, showMessages, now }: LogOptions) {
    this.format = format;
    this.#out = logger(format, 1, print?.out);
    this.#err = logger(format, 2, print?.err);
    this.#showMessages = showMessages;
    this.#floods = new Floods(now);
  }

  started({ url, ...rest }: Started): void {
    this.#out.info(rest, `Quorate listens on ${url}`);
  }

  draining(signal: string): void {
    this.#out.info({ signal }, "draining");
  }

  drained(ms: number): void {
    this.#out.info({ ms: Math.round(ms) }, "drained");
  }

  alarm(alarm: ServerAlarm): void {
    const { code, message } = alarm;
    const flood = neverLeftOut.has(code) ? { isTold: true, leftOut: 0 } : this.#floods.of(code);
    if (!flood.isTold) return;
    const line = {
      code,
      ...("room" in alarm && alarm.room !== undefined && alarm.room !== "" ? { room: inline(alarm.room) } : {}),
      ...("lostFrom" in alarm ? { lostFrom: alarm.lostFrom } : {}),
      ...("error" in alarm && alarm.error !== undefined ? { error: detailOf(alarm.error, this.#showMessages) } : {}),
      ...(flood.leftOut > 0 ? { leftOut: flood.leftOut } : {}),
    };
    this.#err.error(line, inline(message));
  }

  /** The process ends with this; it is about the configuration or the machine, so nothing of it is hidden. */
  failed(message: string, error?: unknown): void {
    this.#err.fatal(error === undefined ? {} : { error: detailOf(error, true) }, inline(message));
  }
}

/** `QUORATE_LOG` decides; without it, production is for machines. `undefined`: it says something else. */
export function logFormat(env: Readonly<Record<string, string | undefined>>): LogFormat | undefined {
  const { QUORATE_LOG: asked, NODE_ENV: mode } = env;
  if (asked === undefined || asked === "") return mode === "production" ? "json" : "text";
  return asked === "json" || asked === "text" ? asked : undefined;
}

function logger(format: LogFormat, fd: 1 | 2, print: ((line: string) => void) | undefined): Logger {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  const say = print ?? (fd === 1 ? console.log : console.error);
  if (format === "text") return pino(options, { write: (line: string) => say(readable(line)) });
  return pino(options, print === undefined ? pino.destination({ dest: fd, sync: true }) : { write: (line: string) => say(line.trimEnd()) });
}

/** `14:03:07 error io meeting/weekly the disk is full  lostFrom=3` */
function readable(line: string): string {
  const { level, time, code, room, msg, error, ...rest } = JSON.parse(line) as Record<string, unknown> & { readonly error?: Detail };
  const { name = "", message, at = [], ...more } = error ?? {};
  const fields = Object.entries({ ...rest, ...more }).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const head = [String(time).slice(11, 19), level, code, room, msg].filter((part) => part !== undefined).join(" ");
  const why = error === undefined ? [] : [`${name}${message === undefined ? "" : `: ${message}`}`];
  return [[head, ...why, ...fields].join("  "), ...at.map((frame) => `    ${frame}`)].join("\n");
}

interface Detail {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly at?: readonly string[];
}

/** Where it was thrown, always; what it says, only if it is ours, or asked for. */
function detailOf(error: unknown, showMessages: boolean): Detail {
  if (!(error instanceof Error)) return { name: typeof error, ...(showMessages ? { message: inline(String(error)) } : {}) };
  const code = "code" in error && typeof error.code === "string" && /^\w{1,50}$/.test(error.code) ? error.code : undefined;
  const isShown = showMessages || error instanceof JournalError;
  return {
    name: /^\w{1,50}$/.test(error.name) ? error.name : "Error",
    ...(code === undefined ? {} : { code }),
    ...(isShown ? { message: inline(error.message) } : {}),
    at: framesOf(error),
  };
}

/** Without the message, which a stack begins with; where that cannot be told apart, none. */
function framesOf({ stack = "", message }: Error): string[] {
  const start = stack.indexOf(message);
  if (start < 0) return [];
  const frames = stack.slice(start + message.length).split("\n");
  return frames.flatMap((frame) => (/^\s+at /.test(frame) ? [inline(frame.trim())] : [])).slice(0, framesMax);
}

/** One line, of bounded length, that does nothing to a terminal. */
function inline(text: string): string {
  const cut = text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text;
  const visible = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return cut.replace(/\s*\r?\n\s*/g, " ").replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, visible);
}
