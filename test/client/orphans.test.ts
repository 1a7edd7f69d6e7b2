import { expect, test } from "bun:test";
import { createRoom, type Network } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import { guests } from "../../src/gateway/auth.ts";
import { board } from "../support/board.ts";
import { eventually } from "../support/eventually.ts";
import { testServer } from "../support/server.ts";

test("[L2] guests are users of their own: what two of them left is settled by a third, each command once", async () => {
  await using running = await testServer({ rooms: [board], auth: guests() });
  const storage = memoryStorage();
  const offline: (() => void)[] = [];
  const network: Network = {
    isOnline: () => true,
    watch: (changed) => {
      offline.push(() => changed(false));
      return () => undefined;
    },
  };
  const enter = async (name: string) => {
    const room = createRoom(board, { url: running.http("/"), id: "r", token: name, storage, network });
    await room.whenSynced();
    return room;
  };
  const gone = [await enter("Ada"), await enter("Ben")];
  const clients = gone.map(({ me }) => me?.client);
  expect(new Set(clients).size).toBe(2);
  for (const cut of offline.splice(0)) cut();
  for (const [i, room] of gone.entries()) room.send({ type: "add", n: i + 1 });
  for (const room of gone) await room.close();

  const third = await enter("Cyn");
  await eventually(() => third.confirmed.context.total === 3, "both commands");
  expect(clients).toContain(third.me?.client);
  await third.leave();
});
