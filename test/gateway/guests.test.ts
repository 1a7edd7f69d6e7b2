import { describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guests } from "../../src/gateway/auth.ts";
import { sqlite } from "../../src/journal/sqlite.ts";
import { meeting } from "../../src/meeting/room.ts";
import { TestClient } from "../support/client.ts";
import { testServer } from "../support/server.ts";

const roleOf = (client: TestClient) => client.welcome?.role;

describe("guests", () => {
  test("[L9] whoever opens a new room hosts it, all others are members; another room has its own host", async () => {
    await using running = await testServer({ auth: guests() });
    const enter = (client: string, room: string) => TestClient.join(meeting, running.url(room), { client, token: client });
    expect(roleOf(await enter("ada", "meeting/one"))).toBe("host");
    expect(roleOf(await enter("ben", "meeting/one"))).toBe("member");
    expect(roleOf(await enter("ben", "meeting/two"))).toBe("host");
  });

  test("[LIVE-2] a short disconnect changes nothing about them: same session, same role", async () => {
    await using running = await testServer({ auth: guests() });
    for (const name of ["ada", "ben"]) {
      const before = await TestClient.join(meeting, running.url(), { client: name, token: name });
      before.vanish();
      await before.end();
      const after = before.resumed(running.url());
      await after.until(() => after.welcome !== undefined || after.closed !== undefined, "the welcome");
      expect(after.welcome).toMatchObject({ session: before.welcome?.session, role: name === "ada" ? "host" : "member" });
    }
  });

  test("[L4] they host it again when they come back, also to another server process", async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-"));
    const options = { auth: guests(), journal: sqlite({ path: join(folder, "rooms.db") }), resumeKey: "k".repeat(16) };
    try {
      let resume: string | undefined;
      {
        await using running = await testServer(options);
        const ada = await TestClient.join(meeting, running.url(), { client: "ada", token: "Ada" });
        const ben = await TestClient.join(meeting, running.url(), { client: "ben", token: "Ben" });
        ada.raw({ type: "bye", payload: {} });
        await ben.until(() => !ben.roster.has(ada.welcome?.who ?? 0), "Ada to leave");
        resume = ada.welcome?.resume;
      }
      await using running = await testServer(options);
      const again = await TestClient.join(meeting, running.url(), { client: "ada", token: "Ada", nextSeq: 1, ...(resume && { resume }) });
      expect(roleOf(again)).toBe("host");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
