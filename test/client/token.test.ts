/** Sign-in that expires, over real sockets. */
import { describe, expect, test } from "bun:test";
import { createRoom, type Room } from "../../src/client/index.ts";
import type { Auth } from "../../src/gateway/auth.ts";
import { board } from "../support/board.ts";
import { eventually } from "../support/eventually.ts";
import { testServer } from "../support/server.ts";

/** Tokens are `<user>.<lifetime in ms>.<anything>`; their life begins when the server first sees them. */
function expiring() {
  const seen = new Map<string, number>();
  const revoked = new Set<string>();
  const auth: Auth = {
    authenticate: ({ token = "" }) => {
      const [user = "", lifeMs] = token.split(".");
      if (user === "" || revoked.has(token)) return undefined;
      const since = seen.get(token) ?? Date.now();
      seen.set(token, since);
      return { user, name: user, ...(lifeMs ? { expiresAt: since + Number(lifeMs) } : {}) };
    },
    authorize: ({ user }) => (user === "boss" ? "host" : "member"),
  };
  return { auth, seen, revoked };
}
const status = (room: Room<typeof board>) => room.connection.status;

test("[L9] what one user gave is not done in another's name, also if it was never sent", async () => {
  const { auth } = expiring();
  await using running = await testServer({ rooms: [board], auth });
  let online = true;
  let tell: (online: boolean) => void = () => undefined;
  const network = {
    isOnline: () => online,
    watch: (changed: (online: boolean) => void) => {
      tell = changed;
      return () => undefined;
    },
  };
  const set = (to: boolean) => {
    online = to;
    tell(to);
  };
  const room = createRoom(board, { url: running.http("/"), id: "r", token: "ann", network });
  await room.whenSynced();
  set(false);
  const anns = room.send({ type: "add", n: 1 });
  room.setToken("bob");
  set(true);
  expect(await anns.settled).toMatchObject({ ok: false, code: "unknown", reason: "Another user gave it." });
  await eventually(() => room.me?.user === "bob", "the other user");
  expect(await room.send({ type: "add", n: 2 }).settled).toMatchObject({ ok: true });
  expect(room.me?.user).toBe("bob");
  expect(room.state.context.total).toBe(2);
  await room.leave();
});

describe("[TOKEN-1] the token", () => {
  test("from a function is renewed before it expires, in the same connection", async () => {
    const { auth, seen } = expiring();
    await using running = await testServer({ rooms: [board], auth, limits: { sweepEveryMs: 20 } });
    let n = 0;
    let sockets = 0;
    const room = createRoom(board, {
      url: running.http("/"),
      id: "r",
      token: () => `ann.400.${n++}`,
      socket: (address) => {
        sockets++;
        return new WebSocket(address) as never;
      },
    });
    await room.whenSynced();
    await eventually(() => seen.size >= 4, "three renewals");
    expect(status(room)).toBe("live");
    expect(sockets).toBe(1);
    await room.leave();
  });

  test("given by hand goes over the live connection", async () => {
    const { auth, seen } = expiring();
    await using running = await testServer({ rooms: [board], auth, limits: { sweepEveryMs: 20 } });
    const room = createRoom(board, { url: running.http("/"), id: "r", token: "ann.600.1" });
    await room.whenSynced();
    room.setToken("ann..2");
    await eventually(() => seen.has("ann..2"), "the new token");
    const expiredAt = (seen.get("ann.600.1") ?? 0) + 700;
    await eventually(() => Date.now() > expiredAt, "the old one's end");
    expect(status(room)).toBe("live");
    await room.leave();
  });

  test("that expired leaves the client signed out, with what is pending, until there is another", async () => {
    const { auth } = expiring();
    await using running = await testServer({ rooms: [board], auth, limits: { sweepEveryMs: 20 } });
    const room = createRoom(board, { url: running.http("/"), id: "r", token: "ann.100.1" });
    await room.whenSynced();
    await eventually(() => status(room) === "signedOut", "the end of the sign-in");
    expect(room.connection).toMatchObject({ code: "UNAUTHENTICATED", reason: "Your sign-in has expired." });
    const sent = room.send({ type: "add", n: 1 });
    expect(room.state.context.total).toBe(1);
    room.setToken("ann..2");
    expect(await sent.settled).toMatchObject({ ok: true });
    await room.leave();
  });

  test("from a function is asked for once more when the server does not take it, then the user has to", async () => {
    const { auth, revoked } = expiring();
    await using running = await testServer({ rooms: [board], auth });
    revoked.add("ann..0").add("ann..2").add("ann..3");
    let n = 0;
    const room = createRoom(board, { url: running.http("/"), id: "r", token: () => `ann..${n++}` });
    await room.whenSynced();
    expect(n).toBe(2);
    await room.close();
    const other = createRoom(board, { url: running.http("/"), id: "s", token: () => `ann..${n++}` });
    await eventually(() => status(other) === "signedOut", "giving up");
    expect(n).toBe(4);
    await other.close();
  });
});

test("[HELLO-7] a room that will not have somebody is told as such, with the reason, and not tried again", async () => {
  const { auth } = expiring();
  const refusing: Auth = { ...auth, authorize: () => undefined };
  await using running = await testServer({ rooms: [board], auth: refusing });
  const room = createRoom(board, { url: running.http("/"), id: "r", token: "ann" });
  await eventually(() => status(room) === "refused", "the refusal");
  expect(room.connection).toMatchObject({ code: "PERMISSION_DENIED", reason: "You may not enter this room." });
  await room.close();
});
