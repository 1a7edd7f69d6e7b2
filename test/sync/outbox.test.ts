import { expect, test } from "bun:test";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { ChecksumBudget, Checksums } from "../../src/sync/checksums.ts";
import { Feed } from "../../src/sync/feed.ts";
import { none, Session, type SessionHost, type Socket } from "../../src/sync/session.ts";
import { VirtualClock } from "../../src/testing/clock.ts";

const audience = { name: "all", view: "all", sameVersion: true, topic: "t", projected: false };
const unused = () => {
  throw new Error("is not to be asked for here");
};
const host = new Proxy({} as SessionHost, { get: unused });
const feed = new Feed(
  {
    epoch: "e",
    limits: defaultLimits,
    checksums: new Checksums(new ChecksumBudget(new VirtualClock()), 0),
    publish: unused,
    project: unused,
    personal: unused,
    onSnapshot: unused,
    onBigFrame: unused,
  },
  0,
  [],
);

function waiting(frames: readonly string[], socket: (session: Session) => Partial<Socket>): Session {
  const session = new Session("s", { user: "u", name: "u", role: "r" }, "c", audience, host);
  session.outbox = frames;
  session.socket = { send: () => true, bufferedBytes: () => 0, ...socket(session) } as Socket;
  return session;
}

test("frames go out in order, and what a full socket did not take stays", () => {
  const sent: string[] = [];
  let buffered = 0;
  const session = waiting(["a", "b", "c"], () => ({
    send: (frame) => {
      sent.push(frame);
      if (frame === "b") buffered = defaultLimits.lagBufferedBytesMax + 1;
      return true;
    },
    bufferedBytes: () => buffered,
  }));
  expect(feed.pump(session)).toBe(false);
  expect([sent, session.outbox]).toEqual([["a", "b"], ["c"]]);
  buffered = 0;
  expect(feed.pump(session)).toBe(true);
  expect([sent, session.outbox]).toEqual([["a", "b", "c"], none]);
});

test("a socket that closes on a frame leaves nothing behind, be it that it says the frame was taken", () => {
  for (const isTaken of [true, false]) {
    const session = waiting(["a", "b", "c"], (own) => ({
      send: () => {
        own.socket = undefined;
        own.outbox = none;
        return isTaken;
      },
    }));
    feed.pump(session);
    expect(session.outbox).toEqual([]);
  }
});
