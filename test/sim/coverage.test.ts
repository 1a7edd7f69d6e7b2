/** Canaries: the coverage's own checks can fail. */
import { expect, test } from "bun:test";
import { keyOf, models } from "../model/models.ts";
import { complaints, ofOneServer, table } from "./coverage.ts";
import { Totals } from "./totals.ts";

/** As many runs as it takes to be complete, in which everything happened that can. */
function complete(): Totals {
  const totals = new Totals();
  totals.seeds = 300;
  for (const name of [...ofOneServer.faults, ...ofOneServer.kinds]) {
    totals.fired.set(name, 1);
    totals.dealt.set(name, 1);
  }
  for (const [machine, { transitions }] of Object.entries(models))
    for (const step of transitions) totals.taken.set(keyOf(machine, step), 1);
  // What cannot happen has not.
  for (const complaint of complaints(totals)) {
    const [, machine, name] = /^(.*) took (.*), and was said not to/.exec(complaint) ?? [];
    for (const key of totals.taken.keys()) if (key.startsWith(`${machine}: ${name} → `)) totals.taken.delete(key);
  }
  return totals;
}

test("a complete run lacks nothing, and its table says so", () => {
  const totals = complete();
  expect(complaints(totals)).toEqual([]);
  expect(table(totals)).not.toContain("✗");
});

test("a fault that never fired is missed, if there were runs enough", () => {
  const totals = complete();
  totals.fired.delete("cut");
  expect(complaints(totals)).toEqual(["the fault cut never fired"]);
  expect(table(totals)).toContain("cut ✗");
  totals.seeds = 299;
  expect(complaints(totals)).toEqual([]);
});

test("a transition that was never taken is missed", () => {
  const totals = complete();
  totals.taken.delete("client-sync: stale · graceOver → closed");
  expect(complaints(totals)).toEqual(["client-sync never took stale · graceOver"]);
});

test("what cannot happen, and does, is told", () => {
  const totals = complete();
  totals.taken.set("room: idle · quarantine → quarantined", 1);
  totals.taken.set("room: open · loaded → loading", 1);
  expect(complaints(totals).join("\n")).toContain("room took idle · quarantine, and was said not to");
  expect(complaints(totals).join("\n")).toContain("its model does not know room: open · loaded → loading");
});
