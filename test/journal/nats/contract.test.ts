import { describe } from "bun:test";
import { nats } from "../../../src/journal/nats.ts";
import { journalContract } from "../../contract/journal.contract.ts";
import { freshPrefix, isNatsOff, withNats } from "../../support/nats-server.ts";

// The server's own defaults: a message of 1 MiB at most.
describe.skipIf(isNatsOff)("on a real nats-server", () => {
  const server = withNats();
  journalContract("nats", async (retention) => ({
    make: nats({ servers: server().address, prefix: freshPrefix(), ...retention }),
    dispose: async () => undefined,
  }));
});
