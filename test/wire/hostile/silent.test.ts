/** A room remembers what became of the commands of so many clients, and who is in it is among them. */
import { expect } from "bun:test";
import { Stage } from "./stage.ts";

const stage = new Stage({ limits: { fateClientsMax: 8 } });

stage.attack("[L2] [L11] [CMD-2] ten clients that come and go do not push out one that is there and silent", async () => {
  const [, ben] = stage.people.near;
  for (let i = 0; i < 10; i++) (await stage.intruder()).drop();
  const seq = ben.send({ type: "chat.send", text: "still here" });
  await ben.until(() => ben.fates.has(seq) || ben.of("error").length > 0, "a fate");
  expect(ben.of("error")).toEqual([]);
  expect(await ben.fate(seq)).toMatchObject({ ok: true });
});

stage.curtain();
