import { expect, test } from "bun:test";
import { Users } from "../../src/gateway/users.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

const limits = { ...defaultLimits, connectionsPerUserMax: 3, joinsBurst: 5, joinsPerSecond: 1 };

test("[L11] a user has so many connections, and comes so often; others do not notice", () => {
  const users = new Users(limits);
  expect([1, 2, 3].map(() => users.admit("ada", 0).ok)).toEqual([true, true, true]);
  expect(users.admit("ada", 0)).toEqual({ ok: false, reason: "You have too many connections.", retryAfterMs: 5_000 });
  users.gone("ada");
  expect(users.admit("ada", 0).ok).toBe(true);
  users.gone("ada");
  expect(users.admit("ada", 0).ok).toBe(true);
  users.gone("ada");
  expect(users.admit("ada", 0)).toEqual({ ok: false, reason: "You come too often.", retryAfterMs: 1_000 });
  expect(users.admit("ben", 0).ok).toBe(true);
  expect(users.admit("ada", 1_000).ok).toBe(true);
});

test("[L11] who is gone is forgotten, but not before the bucket has filled again", () => {
  const users = new Users(limits);
  for (const user of ["a", "b", "c"]) users.admit(user, 0);
  users.gone("a");
  users.gone("b");
  users.sweep(4_000);
  expect(users.size).toBe(3);
  users.sweep(5_001);
  expect(users.size).toBe(1);
});
