import { describe, expect, test } from "bun:test";
import { ConfigError, defineConfig, readConfig } from "../src/config.ts";
import { memory } from "../src/journal/memory.ts";
import { meeting } from "../src/meeting/room.ts";

const rooms = [meeting];

function rejected(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return String((error as Error).message);
  }
  throw new Error("nothing was thrown");
}

describe("configuration", () => {
  test("defaults, the file's word, the environment's word last", () => {
    expect(readConfig(defineConfig({ rooms }), {})).toMatchObject({ data: "data", host: "127.0.0.1", port: 3_000 });
    expect(readConfig({ rooms, port: 80, data: "d", host: "::1" }, {})).toMatchObject({ data: "d", host: "::1", port: 80 });
    const env = {
      QUORATE_PORT: "0",
      QUORATE_DATA: "e",
      QUORATE_HOST: "localhost",
      QUORATE_ORIGINS: "https://a.example, https://b.example",
    };
    expect(readConfig({ rooms, port: 80, data: "d" }, env)).toMatchObject({
      data: "e",
      host: "localhost",
      port: 0,
      origins: ["https://a.example", "https://b.example"],
    });
  });

  test("pages stand at / or below, by names of small letters, digits and dashes", () => {
    const pages = { "/": "a.html", "/board": "b.html", "/team-2/planning-poker": "c.html", "/assets-of-ours": "d.html" };
    expect(readConfig({ rooms, pages }, {}).pages).toEqual(pages);
    for (const path of [
      "",
      "board",
      "//",
      "/a/",
      "/a//b",
      "/a.b",
      "/A",
      "/-a",
      "/a b",
      "/ä",
      "/..",
      "/a?b",
      "/rooms",
      "/rooms/a",
      "/assets/a",
      "/readyz",
    ])
      expect(() => readConfig({ rooms, pages: { [path]: "a.html" } }, {})).toThrow(ConfigError);
  });

  for (const [what, given, told] of [
    ["an unknown key", { rooms, prot: 1 }, "prot"],
    ["an unknown limit", { rooms, limits: { clientMax: 1 } }, "limits.clientMax"],
    ["a limit that is no number", { rooms, limits: { clientsMax: "many" } }, "limits.clientsMax"],
    ["no rooms", { rooms: [] }, "at least one room type"],
    ["rooms that are none", { rooms: ["meeting"] }, "rooms.0"],
    ["nothing", undefined, "config"],
    ["a port that is none", { rooms, port: 99_999 }, "port"],
    ["an origin with a path", { rooms, origins: ["https://a.example/x"] }, "origins.0"],
    ["half a sign-in", { rooms, auth: { authenticate: () => undefined } }, "auth.authorize"],
    ["a page where there can be none", { rooms, pages: { "/Board/": "board.html" } }, "'/Board/' is no path for a page"],
    ["a page in the server's own place", { rooms, pages: { "/livez": "board.html" } }, "the server answers /livez itself"],
    ["a page without a file", { rooms, pages: { "/board": "" } }, "pages./board"],
    ["one page, as it was once given", { rooms, page: "index.html" }, "page: "],
    ["a journal that is a path", { rooms, journal: "data/rooms.db" }, "sqlite({path})"],
  ] as const) {
    test(`${what} is refused, and named`, () => {
      expect(() => readConfig(given, {})).toThrow(ConfigError);
      expect(() => readConfig(given, {})).toThrow(told);
    });
  }

  test("QUORATE_NATS is the journal where the file names none", () => {
    const journal = memory();
    const env = { QUORATE_NATS: "127.0.0.1:4222, nats://n2.example:4222,tls://user:secret@[::1]:4222" };
    expect(readConfig({ rooms }, {}).journal).toBeUndefined();
    expect(readConfig({ rooms }, env).journal).toBeFunction();
    expect(readConfig({ rooms, journal }, env).journal).toBe(journal);
  });

  for (const given of ["", ",", "n1:4222,", "n1", "n1:4222 n2:4222", "http://n1:4222", "n1:4222/x"])
    test(`QUORATE_NATS='${given}' is refused`, () => {
      expect(() => readConfig({ rooms }, { QUORATE_NATS: given })).toThrow("QUORATE_NATS: host:port");
    });

  test("a password in QUORATE_NATS is not quoted", () => {
    const told = rejected(() => readConfig({ rooms }, { QUORATE_NATS: "n1:4222,nats://user:secret@n2" }));
    expect(told).toContain("number 2");
    expect(told).not.toContain("secret");
  });

  test("QUORATE_RESUME_KEY is the key of all nodes; a short one is refused, and not quoted", () => {
    expect(readConfig({ rooms }, {})).not.toHaveProperty("resumeKey");
    expect(readConfig({ rooms }, { QUORATE_RESUME_KEY: "0123456789abcdef" }).resumeKey).toBe("0123456789abcdef");
    const told = rejected(() => readConfig({ rooms }, { QUORATE_RESUME_KEY: "0123456789abcde" }));
    expect(told).toBe("QUORATE_RESUME_KEY: at least 16 characters");
    expect(() => readConfig({ rooms, resumeKey: "0123456789abcdef" }, {})).toThrow("resumeKey"); // a secret is no part of a file
  });

  test("a port in the environment that is none is refused", () => {
    expect(() => readConfig({ rooms }, { QUORATE_PORT: "http" })).toThrow("QUORATE_PORT: 'http' is no port");
  });
});
