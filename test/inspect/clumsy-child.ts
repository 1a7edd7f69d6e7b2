/** A server whose room types' `inspect` throw, and give what is no JSON; a watcher comes to it after this module has ended. Run by recorder.test.ts. */
import { meeting } from "../../src/meeting/room.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { TestClient } from "../support/client.ts";
import { testServer } from "../support/server.ts";
import { PageWatcher, token } from "./watcher.ts";

const clumsy = (type: string, inspect: () => Record<string, unknown>) =>
  defineRoom({ ...meeting, type, inspect } as never) as unknown as typeof meeting;
const throwing = clumsy("throwing", () => {
  throw new Error("clumsy");
});
const odd = clumsy("odd", () => ({ n: 1n }));

async function run(): Promise<void> {
  const it = await testServer({ rooms: [throwing, odd], inspector: { admin: { port: 0, token }, always: false } });
  const ada = await TestClient.join(throwing, it.url("throwing/r"), { client: "a", token: "Host Ada" });
  const bob = await TestClient.join(odd, it.url("odd/r"), { client: "b", token: "Host Bob" });
  const watcher = new PageWatcher(it.server);
  await watcher.until(() => ["throwing/r", "odd/r"].every((room) => watcher.frames.some((frame) => frame.includes(`"room:${room}"`))));
  await ada.do({ type: "meeting.start" });
  await bob.do({ type: "meeting.start" });
  await Bun.sleep(200); // batches go out every 50 ms
  process.stdout.write("told\n");
}
setTimeout(() => void run(), 0);
