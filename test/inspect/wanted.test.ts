/** When there is an inspector, with which token, and what is printed of it. */
import { expect, test } from "bun:test";
import { inspectAsked, inspectLines, inspectorWanted } from "../../src/inspect/wanted.ts";

const url = new URL("http://127.0.0.1:3001/");
const made = () => "made-here";
const chosen = "chosen-by-somebody";

test("in development it is there, with a token that is printed once", () => {
  const wanted = inspectorWanted({}, undefined, false, made);
  expect(wanted.options).toEqual({ admin: { token: "made-here" } });
  expect(inspectLines(wanted, url)).toEqual(["  inspect http://127.0.0.1:3001/inspect#token=made-here"]);
});

test("in production, and where others can reach it, it needs a token that somebody chose", () => {
  for (const [admin, isProduction] of [
    [{}, true],
    [{ host: "0.0.0.0" }, false],
    [{ host: "192.168.0.4", port: 9 }, false],
  ] as const) {
    const wanted = inspectorWanted(admin, undefined, isProduction, made);
    expect(wanted.options).toEqual({});
    expect(inspectLines(wanted, undefined)).toEqual(["  inspect nobody: set QUORATE_ADMIN_TOKEN to look at what runs here"]);
  }
  const wanted = inspectorWanted({ host: "0.0.0.0", token: chosen }, undefined, true, made);
  expect(wanted.options).toEqual({ admin: { host: "0.0.0.0", token: chosen } });
  expect(inspectLines(wanted, url).join()).not.toContain(chosen);
});

test("it can be switched off", () => {
  const wanted = inspectorWanted(false, undefined, false, made);
  expect(wanted.options).toEqual({});
  expect(inspectLines(wanted, undefined)).toEqual(["  inspect nobody: it is off in quorate.config.ts"]);
});

test("--inspect records from the start and says where Stately's page is; with an address, it is sent there, listener or not", () => {
  expect(inspectAsked([])).toBeUndefined();
  const wanted = inspectorWanted({}, inspectAsked(["--inspect"]), true, made);
  expect(wanted.options).toEqual({ always: true });
  const shown = inspectorWanted({}, inspectAsked(["--inspect"]), false, made);
  expect(inspectLines(shown, url)[1]).toBe("  stately http://127.0.0.1:3001/inspect/stately#token=made-here");
  const sent = inspectorWanted(false, inspectAsked(["--inspect=ws://127.0.0.1:8080"]), true, made);
  expect(sent.options).toEqual({ always: true, sendTo: "ws://127.0.0.1:8080" });
  expect(() => inspectAsked(["--inspekt"])).toThrow("there is no option --inspekt");
});
