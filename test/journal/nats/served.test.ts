/** `journal: nats({…})` in a configuration: a real server whose rooms are in NATS, and the product's own client; either of the two servers is killed. */
import { describe, expect } from "bun:test";
import { join } from "node:path";
import { Survivor } from "../../crash/survivor.ts";
import { ChildServer } from "../../support/child-server.ts";
import { longNatsTest, NatsServer } from "../../support/nats-server.ts";

const room = "meeting/weekly";
const config = join(import.meta.dir, "quorate.config.ts");
const testMsMax = 60_000;

describe("a server whose rooms are in NATS", () => {
  longNatsTest(
    "[L2] [L4] [L12] it is killed, then NATS is: what was acknowledged is there, what was open is decided once",
    async () => {
      await using nats = await NatsServer.start();
      await using server = await ChildServer.make(config, { NATS_ADDRESS: nats.address }, { keepErrors: true });
      await server.start();
      const host = new Survivor(server.url(room), "Host");
      await host.synced();
      host.room.send({ type: "meeting.start" });
      const lines: string[] = [];
      const say = (count: number) => {
        for (let i = 0; i < count; i++) lines.push(`line ${lines.length}`);
        for (const line of lines.slice(-count)) host.say(line);
      };
      say(70);
      await host.synced();
      const { epoch } = host;

      say(10);
      await server.kill();
      await server.start();
      await host.synced();

      await nats.kill();
      say(10);
      await nats.start();
      await host.synced();

      expect(lines.filter((line) => host.told.get(line)?.ok !== true)).toEqual([]);
      expect([host.epoch, host.asked]).toEqual([epoch, []]);
      const other = new Survivor(server.url(room), "Other");
      await other.synced();
      for (const line of lines.slice(-20)) expect(other.state.split(`"${line}"`)).toHaveLength(2);
      await other.room.close();
      await host.room.close();
      expect(await server.stop()).toBe(0);
    },
    testMsMax,
  );
});
