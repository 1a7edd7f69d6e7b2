/** What nodes need to be allowed in NATS is what docs/deploy.md names, and no more. */
import { expect } from "bun:test";
import { nats } from "../../src/journal/nats.ts";
import { TestClient } from "../support/client.ts";
import { counter } from "../support/counter.ts";
import { eventually } from "../support/eventually.ts";
import { NatsServer, natsTest } from "../support/nats-server.ts";
import { rejection } from "../support/rejection.ts";
import { testServer } from "../support/server.ts";

const allowed = (subjects: readonly string[]): string => {
  const list = JSON.stringify(subjects);
  return `authorization { users: [ { user: node, password: secret, permissions: { publish: ${list}, subscribe: ${list} } } ] }`;
};
const journalOf = ({ address }: NatsServer) =>
  nats({ servers: address, prefix: "ours", timeoutMs: 1_000, connection: { user: "node", pass: "secret" } });

natsTest("two nodes serve one room with these permissions", async () => {
  await using server = await NatsServer.start(allowed(["$JS.API.>", "_INBOX.>", "ours.>"]));
  await using one = await testServer({ rooms: [counter], journal: journalOf(server) });
  await using two = await testServer({ rooms: [counter], journal: journalOf(server) });
  const ada = await TestClient.join(counter, one.url("counter/c"), { client: "ada", token: "Ada" });
  const ben = await TestClient.join(counter, two.url("counter/c"), { client: "ben", token: "Ben" });
  await ben.do({ type: "add", n: 2 });
  await ada.do({ type: "add", n: 3 });
  await eventually(() => ben.rev === ada.rev, "both to have all");
  expect([ada.state, two.server.stats()["cluster.nodesGone"] ?? 0]).toEqual([ben.state, 0]);
});

natsTest("a canary: with less, it does not start", async () => {
  await using server = await NatsServer.start(allowed(["$JS.API.>", "_INBOX.>", "ours.ops.>"]));
  expect(await rejection(testServer({ rooms: [counter], journal: journalOf(server) }))).toMatchObject({ name: "JournalError" });
});
