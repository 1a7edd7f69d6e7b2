import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { meeting } from "../../src/meeting/room.ts";
import { ChildServer } from "../support/child-server.ts";
import { Sender } from "../support/sender.ts";
import { aftermath } from "./aftermath.ts";
import { limited, smallDisks } from "./small-disk.ts";

const room = "meeting/first";
const testMsMax = 30_000;
/** Under the usual limit the key still fits, and the database does not. */
const disks = { ...smallDisks(), "a limit of nothing": (server: ChildServer) => limited(server, 0) };

describe("a first start", () => {
  for (const [name, make] of Object.entries(disks))
    test(
      `[L12] on a full disk (${name}): it fails and says why; with room it succeeds`,
      async () => {
        await using server = await newServer();
        await using disk = make(server);
        disk.fill();
        await expect(server.start()).rejects.toThrow(/full|ENOSPC|EFBIG|IOERR/);
        disk.free();
        await server.start();
        const host = new Sender(meeting, () => server.url(room), "host", "Host");
        await host.connect();
        host.send({ type: "meeting.start" });
        await host.allSettled();
        expect(await aftermath(server, room, [host])).toEqual([]);
      },
      testMsMax,
    );

  test(
    "a resume key that is empty was never used, and is made anew; a whole one is kept, and nothing is beside it",
    async () => {
      await using server = await newServer();
      const key = () => readFileSync(keyOf(server), "utf8");
      writeFileSync(keyOf(server), "");
      await server.start();
      const made = key();
      expect(made).toHaveLength(43);
      await server.stop();
      await server.start();
      expect(key()).toBe(made);
      expect(readdirSync(server.data).filter((name) => name.startsWith("resume"))).toEqual(["resume.key"]);
    },
    testMsMax,
  );

  test(
    "a resume key that is too short is nobody's accident: it is told, and left as it is",
    async () => {
      await using server = await newServer();
      writeFileSync(keyOf(server), "short");
      await expect(server.start()).rejects.toThrow(/resume\.key is no key: it has 5 characters/);
      expect(readFileSync(keyOf(server), "utf8")).toBe("short");
    },
    testMsMax,
  );
});

const newServer = () => ChildServer.make("test/crash/quorate.config.ts", {}, { keepErrors: true });
const keyOf = (server: ChildServer): string => join(server.data, "resume.key");
