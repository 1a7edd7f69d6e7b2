/** Canaries: each of the oracle's checks can fail, and says which law is broken. */
import { expect, test } from "bun:test";
import { Oracle } from "./oracle.ts";
import { tellsOthers } from "./watch.ts";

test("[L1] an op that is told as another one", () => {
  const oracle = new Oracle(() => true);
  oracle.opTold("e", 1, "an op");
  oracle.opTold("e", 1, "an op");
  oracle.opTold("of another epoch", 1, "another op");
  expect(oracle.violations).toEqual([]);
  oracle.opTold("e", 1, "another op");
  expect(oracle.violations).toEqual([expect.stringMatching(/^L1: rev e 1 /)]);
});

test("[L3] what is not durable is told", () => {
  const oracle = new Oracle((_, rev) => rev <= 1);
  oracle.mustBeDurable("e", 1, "delta");
  expect(oracle.violations).toEqual([]);
  oracle.mustBeDurable("e", 2, "delta");
  expect(oracle.violations).toEqual([expect.stringMatching(/^L3: /)]);
});

test("[L7] two clients have different states at one rev", () => {
  const oracle = new Oracle(() => true);
  oracle.confirmed("host", "e", 1, "a");
  oracle.confirmed("table", "e", 1, "b");
  oracle.confirmed("host", "e", 1, "a");
  expect(oracle.violations).toEqual([]);
  oracle.confirmed("host", "e", 1, "b");
  expect(oracle.violations).toEqual([expect.stringMatching(/^L7: /)]);
});

test("[L10] a refusal that is told otherwise, unless a server may have forgotten it", () => {
  for (const mayForget of [false, true]) {
    const oracle = new Oracle(() => true);
    oracle.mayForget = mayForget;
    oracle.refused("u", "c", 1, "no");
    oracle.refused("u", "c", 1, "no");
    oracle.refused("u", "c", 2, "never");
    expect(oracle.violations).toEqual([]);
    oracle.refused("u", "c", 1, "never");
    expect(oracle.violations).toEqual(mayForget ? [] : [expect.stringMatching(/^L10: /)]);
  }
});

test("[L8] what another whispered, or nobody says who, is a secret told; one's own is not", () => {
  expect(tellsOthers('{"u1":"taint t1.2 of u1;","u2":{"$hidden":true}}', "u1")).toBe(false);
  expect(tellsOthers('{"u1":"taint t1.2 of u1;"}', "u2")).toBe(true);
  expect(tellsOthers('{"u1":"taint t1.2 of u1;","u2":"taint t1.3 of u2;"}', "u1")).toBe(true);
  expect(tellsOthers('{"type":"whisper","text":"taint t1.2"}', "u1")).toBe(true);
});
