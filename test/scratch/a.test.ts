import { expect, test } from "bun:test";
import { guests } from "../../src/gateway/auth.ts";
import { createServer } from "../../src/gateway/server.ts";
import { meeting } from "../../src/meeting/room.ts";
import { stateText, TestClient } from "../support/client.ts";
import { mem } from "./mem.ts";

test("thin path", async () => {
  const server = await createServer({
    rooms: [meeting],
    journal: mem(),
    port: 0,
    auth: guests({ role: (n) => (n === "Ada" ? "host" : "member") }),
  }).listen();
  const url = `${server.url.href.replace("http", "ws")}rooms/meeting/weekly`;
  const ada = await TestClient.join(meeting, url, { client: "a", token: "Ada" });
  const bob = await TestClient.join(meeting, url, { client: "b", token: "Bob" });
  console.log(await bob.do({ type: "meeting.start" }));
  console.log(await ada.do({ type: "meeting.start" }));
  console.log(await bob.do({ type: "hand.raise" }), await bob.do({ type: "hand.raise" }), await bob.do({ type: "nope" }));
  await ada.until(() => ada.rev === bob.rev, "same");
  expect(ada.state).toBe(bob.state);
  const [room] = server.rooms;
  expect(stateText(room!.committed!.domain.snapshot)).toBe(ada.state);
  console.log(JSON.stringify(ada.frames, null, 0).slice(0, 4000));
  console.log(server.stats());
  await server.stop();
});
