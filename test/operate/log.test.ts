/** The log: one line per event, whatever comes; and nothing in it that people said, or that is secret. */
import { describe, expect, test } from "bun:test";
import type { ServerAlarm } from "../../src/gateway/server.ts";
import { JournalError } from "../../src/journal/port.ts";
import { Floods } from "../../src/operate/floods.ts";
import { Log, type LogOptions, logFormat } from "../../src/operate/log.ts";

function logged(options: Partial<LogOptions> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const print = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const log = new Log({
    format: "json",
    showMessages: false,
    now: () => 0,
    print: { out: print.out, err: print.err } as never,
    ...options,
  });
  return { log, out, err, last: () => JSON.parse(err.at(-1) ?? "") as Record<string, unknown> };
}

describe("which form", () => {
  test.each([
    [{}, "text"],
    [{ NODE_ENV: "test" }, "text"],
    [{ NODE_ENV: "production" }, "json"],
    [{ NODE_ENV: "production", QUORATE_LOG: "text" }, "text"],
    [{ QUORATE_LOG: "json" }, "json"],
    [{ QUORATE_LOG: "" }, "text"],
    [{ QUORATE_LOG: "xml" }, undefined],
  ] as const)("%j", (env, format) => {
    expect(logFormat(env)).toBe(format);
  });
});

test("start, drain, end: level, time, what and how long", () => {
  const { log, out } = logged();
  log.started({ version: "1", url: "http://h/", journal: "memory", adminUrl: undefined, roomTypes: ["a"], signIn: true });
  log.draining("SIGTERM");
  log.drained(12.4);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: "info", time, msg: "Quorate listens on http://h/", version: "1", journal: "memory", roomTypes: ["a"], signIn: true },
    { level: "info", time, msg: "draining", signal: "SIGTERM" },
    { level: "info", time, msg: "drained", ms: 12 },
  ]);
});

describe("alarms", () => {
  test("code, room, message; of a foreign error where it came from, not what it says", () => {
    const { log, last } = logged();
    const error = Object.assign(new TypeError("s3cret\n    at s3cret (s3cret:1:1)"), { code: "ECONNREFUSED" });
    log.alarm({ code: "machine", room: "meeting/weekly", message: "the machine failed on 'chat.send'", error });
    expect(last()).toMatchObject({
      level: "error",
      code: "machine",
      room: "meeting/weekly",
      msg: "the machine failed on 'chat.send'",
      error: { name: "TypeError", code: "ECONNREFUSED", at: expect.arrayContaining([expect.stringContaining("log.test.ts")]) },
    });
    expect(JSON.stringify(last())).not.toContain("s3cret");
    log.alarm({ code: "server", message: "failed on hello", error: "s3cret" });
    expect(last()).toMatchObject({ error: { name: "string" } });
    expect(JSON.stringify(last())).not.toContain("s3cret");
  });

  test("our own journal's errors are told whole; and all are where the app is being written", () => {
    const { log, last } = logged();
    log.alarm({ code: "journal", room: "a/b", message: "m", error: new JournalError("full", "the disk is full") });
    expect(last()).toMatchObject({ error: { name: "JournalError", code: "full", message: "the disk is full" } });
    const dev = logged({ showMessages: true });
    dev.log.alarm({ code: "machine", room: "a/b", message: "m", error: new Error("no such card") });
    expect(dev.last()).toMatchObject({ error: { message: "no such card" } });
  });

  test.each(["json", "text"] as const)("%s: nothing breaks out of its line, moves a terminal's cursor, or goes on for ever", (format) => {
    const { log, err } = logged({ format, showMessages: true });
    const evil = 'a\nlevel=fatal\r\n{"forged":1}\u001b[2J\u009b2J\u2028b\u202ec\u0000\u007f';
    const error = Object.assign(new Error(evil), { name: evil, code: evil });
    log.alarm({ code: "server", message: evil, error });
    log.alarm({ code: "io", room: evil, message: "x".repeat(10_000) });
    log.alarm({ code: "server", message: "m", error: evil });
    const text = err.join("");
    // In text, the frames of a stack have lines of their own, indented; nothing else has.
    const lines = err.flatMap((line) => line.split("\n"));
    expect(lines.filter((line) => !/^(\{"level":"error"|\d\d:\d\d:\d\d error | {4}at )/.test(line))).toEqual([]);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(4_000);
  });

  test("a flood of one kind is some lines, and how many were left out", () => {
    let now = 0;
    const { log, err, last } = logged({ now: () => now });
    const ahead: ServerAlarm = { code: "ahead", room: "a/b", message: "m" };
    for (let i = 0; i < 1_000; i++) log.alarm(ahead);
    expect(err).toHaveLength(20);
    log.alarm({ code: "io", message: "another kind" });
    expect(err).toHaveLength(21);
    for (let i = 0; i < 30; i++) log.alarm({ code: "damaged", room: `a/${i}`, message: "each of them" });
    expect(err).toHaveLength(51);
    now = 10_000;
    log.alarm(ahead);
    expect(last()).toMatchObject({ code: "ahead", leftOut: 980 });
    const floods = new Floods(() => now);
    expect([floods.of("x"), floods.of("x")]).toEqual([
      { isTold: true, leftOut: 0 },
      { isTold: true, leftOut: 0 },
    ]);
  });

  test("in text, for people", () => {
    const { log, err } = logged({ format: "text", showMessages: true });
    log.alarm({ code: "damaged", room: "a/b", lostFrom: 3, message: "cut" });
    expect(err[0]).toMatch(/^\d\d:\d\d:\d\d error damaged a\/b cut {2}lostFrom=3$/);
  });
});
