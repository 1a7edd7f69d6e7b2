/** A client that comes back is welcomed with the next commit. What happens to its connection until then counts, too. */
import { describe, expect, test } from "bun:test";
import { Guest } from "./guest.ts";

/** Its connection was lost; back after `awayMs`, and not yet welcomed: an append is under way. */
async function back(awayMs: number): Promise<Guest> {
  const guest = await Guest.expected();
  await guest.hello(undefined);
  await guest.drain();
  const { rev } = guest.socket;
  guest.drop();
  await guest.harness.pass(awayMs);
  guest.hold();
  await guest.others();
  await guest.hello(rev);
  expect(guest.socket.frames).toEqual([]);
  return guest;
}

describe("[LIVE-2] [L14] a connection that waits for its welcome", () => {
  test("and is lost: its session is stale again, and ends with the grace", async () => {
    const guest = await back(1_000);
    guest.drop();
    await guest.landed();
    await guest.harness.pass(20_000);
    expect([...guest.room.sessions].map(({ client, state }) => `${client} ${state}`)).toEqual(["witness live"]);
    expect(guest.places).toBe(0);
  });

  test("and misses its heartbeat: as well", async () => {
    const guest = await back(1_000);
    guest.room.sessions.missedHeartbeat(guest.own);
    await guest.landed();
    await guest.harness.pass(20_000);
    expect([...guest.room.sessions].map(({ client, state }) => `${client} ${state}`)).toEqual(["witness live"]);
    expect(guest.places).toBe(0);
  });

  test("is back: the grace is over for it, also if the commit comes later", async () => {
    const guest = await back(14_000);
    await guest.harness.pass(2_000);
    await guest.landed();
    expect(guest.socket.of("welcome")).toHaveLength(1);
    expect(guest.places).toBe(1);
  });
});
