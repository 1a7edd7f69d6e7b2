import { expect, test } from "bun:test";
import { Kept } from "../../src/inspect/kept.ts";
import type { StatelyMessage } from "../../src/inspect/messages.ts";
import { random } from "../../src/testing/random.ts";
import { actor, ended, event, livingRoom, moved } from "./messages.ts";

/** Who lives, and in which state, for somebody who is told all of this. */
function told(messages: readonly StatelyMessage[]): Readonly<Record<string, unknown>> {
  const living = new Map<string, unknown>();
  for (const message of messages) {
    if (message.type === "@xstate.actor") {
      expect([message.sessionId, message.parentId === undefined || living.has(message.parentId)]).toEqual([message.sessionId, true]);
      living.set(message.sessionId, message.snapshot);
    } else if (message.type === "@xstate.snapshot") {
      if (message.snapshot.status === "active") living.set(message.sessionId, message.snapshot);
      else living.delete(message.sessionId);
    }
  }
  return Object.fromEntries([...living].sort());
}

/** Rooms that open and close, with sessions that come, change and go; children end before their parents. */
function life(count: number, seed: number): readonly StatelyMessage[] {
  const chance = random(seed);
  const messages: StatelyMessage[] = [actor("server", undefined)];
  const sessions = new Map<string, string[]>();
  for (let n = 0; messages.length < count; n++) {
    const room = `meeting/${Math.floor(chance() * 5)}`;
    const here = sessions.get(room);
    const what = chance();
    if (here === undefined) {
      sessions.set(room, [`session:${n}`]);
      messages.push(...livingRoom(room, `session:${n}`));
    } else if (what < 0.02) {
      sessions.delete(room);
      messages.push(...here.map(ended), ended(`domain:${room}`), ended(`room:${room}`));
    } else if (what < 0.1) {
      here.push(`session:${n}`);
      messages.push(actor(`session:${n}`, `room:${room}`));
    } else if (what < 0.16 && here.length > 1) messages.push(ended(here.shift() as string));
    else if (what < 0.5) messages.push(event(`domain:${room}`, `event ${n}`));
    else messages.push(moved(here[Math.floor(chance() * here.length)] as string, `event ${n}`, `state ${n}`));
  }
  return messages;
}

test("[kept] who is told what is kept knows the same living, in the same states, as who was told everything", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const messages = life(5_000, seed);
    const kept = new Kept(undefined);
    for (const [n, message] of messages.entries()) {
      expect(kept.add(message)).toBe(true);
      if (n % 500 === 0) expect(told(kept.all)).toEqual(told(messages.slice(0, n + 1)));
    }
    expect(told(kept.all)).toEqual(told(messages));
    expect(kept.all.slice(-1_000)).toEqual(messages.slice(-1_000));
  }
});

test("[L11] the newest 1,000 messages are kept, and who lived before them", () => {
  const kept = new Kept(undefined);
  for (const message of life(20_000, 7)) kept.add(message);
  expect(kept.all.length).toBeGreaterThan(1_000);
  expect(kept.all.length).toBeLessThan(1_200);
  kept.clear();
  expect(kept.all).toEqual([]);
});

test("[kept] what a room leaves behind when it ends without a word on what is below it is not kept", () => {
  const kept = new Kept(undefined);
  for (const message of [actor("server", undefined), ...livingRoom("meeting/weekly"), ended("room:meeting/weekly")]) kept.add(message);
  for (let n = 0; n < 1_000; n++) kept.add(event("server", `event ${n}`));
  expect(kept.all.filter(({ type }) => type === "@xstate.actor").map(({ sessionId }) => sessionId)).toEqual(["server"]);
});

test("[kept] with a room: the server, that room and all below it", () => {
  const kept = new Kept("meeting/weekly");
  const mine = [
    actor("server", undefined),
    ...livingRoom("meeting/weekly", "session:1"),
    actor("service:meeting/weekly/recorder", "domain:meeting/weekly"),
    event("domain:meeting/weekly", "hand.raise"),
    ended("session:1"),
  ];
  const others = [
    ...livingRoom("meeting/weekly-2", "session:2"),
    event("domain:meeting/weekly-2", "hand.raise"),
    moved("session:2", "lost", "stale"),
  ];
  for (const message of mine) expect([message.sessionId, kept.add(message)]).toEqual([message.sessionId, true]);
  for (const message of others) expect([message.sessionId, kept.add(message)]).toEqual([message.sessionId, false]);
  expect(kept.add(event("session:1", "late"))).toBe(false);
  expect(kept.all).toEqual(mine);
});
