/** A real meeting on a real server, seen by Stately's own package: its WebSocket receiver, and its browser receiver in a real browser. */
import { expect, test } from "bun:test";
import { createWebSocketReceiver } from "@statelyai/inspect";
import { type AnyStateNode, createMachine } from "xstate";
import type { ActorMessage, StatelyMessage } from "../../src/inspect/messages.ts";
import { meeting } from "../../src/meeting/room.ts";
import { browserTest, Profile, withChromium } from "../browser/chromium.ts";
import { TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { answerForStately, statelyIn } from "./stand-in.ts";
import { address, token } from "./watcher.ts";

withChromium();
declare const window: { got: StatelyMessage[] };

/** One is there before anybody looks; another comes, speaks and goes while they do. */
async function meet(it: TestServer, whileWatched: () => Promise<void>): Promise<void> {
  const ada = await TestClient.join(meeting, it.url(), { client: "a", token: "Host Ada" });
  await whileWatched();
  const bob = await TestClient.join(meeting, it.url(), { client: "b", token: "Bob" });
  await ada.do({ type: "meeting.start" });
  await bob.do({ type: "hand.raise" });
  bob.raw({ type: "bye", payload: {} });
  await bob.end();
  await ada.until(() => ada.rev === 5, "the leave");
  ada.close();
}

const idsOf = ({ id, states }: AnyStateNode): string[] => [id, ...Object.values(states).flatMap(idsOf)];

/** What must have come, from whichever receiver. */
function expectMeeting(got: readonly StatelyMessage[]): void {
  const actors = got.filter((message): message is ActorMessage => message.type === "@xstate.actor");
  const tree = actors.map(({ sessionId, parentId }) => `${sessionId.split(":")[0]} < ${parentId?.split(":")[0]}`);
  expect(tree.slice(0, 3)).toEqual(["server < undefined", "room < server", "domain < room"]);
  expect(tree.filter((line) => line === "session < room").length).toBeGreaterThanOrEqual(2);
  const seen = new Set<string>();
  for (const { sessionId, parentId, definition, rootId } of actors) {
    expect(rootId).toBe("server");
    if (parentId !== undefined) expect(seen).toContain(parentId);
    seen.add(sessionId);
    expect(createMachine(JSON.parse(definition)).id).toBeTruthy();
  }
  const domain = actors.find(({ sessionId }) => sessionId.startsWith("domain:"));
  expect(idsOf(createMachine(JSON.parse(domain?.definition ?? "{}")).root)).toEqual(idsOf(meeting.machine.root as never));
  const events = got.flatMap((message) =>
    message.type === "@xstate.event" && message.sessionId === domain?.sessionId ? [message.event.type] : [],
  );
  expect(events).toEqual(expect.arrayContaining(["participant.joined", "meeting.start", "hand.raise", "participant.left"]));
  const states = got.flatMap((message) =>
    message.type === "@xstate.snapshot" && message.sessionId === domain?.sessionId ? [message.snapshot] : [],
  );
  expect(states.at(-1)).toMatchObject({ status: "active", value: { phase: "live" } });
  expect(
    got.some(
      (message) => message.type === "@xstate.snapshot" && message.sessionId.startsWith("session:") && message.snapshot.status === "done",
    ),
  ).toBe(true);
}

const isOver = (got: readonly StatelyMessage[]): boolean =>
  got.some((message) => message.type === "@xstate.event" && message.event.type === "participant.left") &&
  got.some((message) => message.type === "@xstate.snapshot" && message.snapshot.status === "done");

test("createWebSocketReceiver of @statelyai/inspect gets the meeting from /stately", async () => {
  await using it = await testServer({ inspector: { admin: { port: 0, token } } });
  const got: StatelyMessage[] = [];
  await meet(it, async () => {
    createWebSocketReceiver({ server: address(it.server, `/stately?token=${token}`).replace("http", "ws") }).subscribe((message) => {
      got.push(message as unknown as StatelyMessage);
    });
    await eventually(() => got.length >= 4, "who lives");
  });
  await eventually(() => isOver(got), "all of it");
  expectMeeting(got);
});

browserTest("createBrowserReceiver of @statelyai/inspect gets the meeting in a frame of /inspect/stately", async () => {
  await using it = await testServer({ inspector: { admin: { port: 0, token } } });
  await using profile = await Profile.make();
  const page = await profile.open("about:blank");
  await answerForStately(page);
  await meet(it, async () => {
    await page.goto(`${address(it.server, "/inspect/stately")}#token=${token}`);
    await statelyIn(page).waitForFunction(() => window.got.length >= 4);
  });
  await statelyIn(page).waitForFunction(() =>
    window.got.some(({ type, ...message }) => type === "@xstate.snapshot" && "snapshot" in message && message.snapshot.status === "done"),
  );
  const got = await statelyIn(page).evaluate(() => window.got);
  expectMeeting(got);
  expect(page.url()).not.toContain(token);
  profile.expectQuiet();
});
