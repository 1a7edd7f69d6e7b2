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
  for (const user of ["a", "a", "b", "c"]) users.admit(user, 0);
  for (const user of ["a", "a", "b"]) users.gone(user);
  users.sweep(999);
  expect(users.size).toBe(3);
  users.sweep(1_999);
  expect(users.size).toBe(2);
  users.sweep(2_000);
  expect([...users.connected()]).toEqual(["c"]);
  expect(users.size).toBe(1);
});

test("[L11] what other nodes say of a user counts: connections, and joins, of which so many are owed as a bucket holds", () => {
  const users = new Users(limits);
  const changed: [string, number][] = [];
  users.abroad = { connectionsOf: (user) => (user === "ada" ? 2 : 0), changed: (user, joins) => void changed.push([user, joins]) };
  expect(users.admit("ada", 0).ok).toBe(true);
  expect(users.admit("ada", 0)).toMatchObject({ ok: false, reason: "You have too many connections." });
  users.gone("ada");
  expect(changed).toEqual([
    ["ada", 1],
    ["ada", 0],
  ]);
  users.joinedAbroad("ben", 4, 0);
  expect([1, 2].map(() => users.admit("ben", 0).ok)).toEqual([true, false]);
  users.joinedAbroad("ben", 1_000, 0);
  expect(users.admit("ben", 0)).toEqual({ ok: false, reason: "You come too often.", retryAfterMs: 6_000 });
  users.joinedAbroad("cy", 2, 0);
  users.sweep(1_999);
  expect(users.size).toBe(2);
  users.sweep(2_000);
  expect(users.size, "whom this node alone never saw is forgotten, too").toBe(1);
});
