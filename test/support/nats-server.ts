/** A real nats-server for a test file (scripts/nats/nats-process.ts); without one its tests fail, unless the environment says NATS=off. */
import { afterAll, beforeAll, describe, test } from "bun:test";
import { NatsServer } from "../../scripts/nats/nats-process.ts";

export { NatsServer };

export const isNatsOff = process.env["NATS"] === "off";
/** All of them; in the check, as many as take less than half a minute. */
const isNatsLong = process.env["NATS"] === "long";
if (isNatsOff) console.warn("\n!!! NATS=off: the tests of the NATS journal are SKIPPED.\n");

/** One server for a test file; without one the tests fail, unless the environment says NATS=off. */
export function withNats(config = ""): () => NatsServer {
  let server: NatsServer | undefined;
  beforeAll(async () => {
    if (!isNatsOff) server = await NatsServer.start(config);
  }, 120_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error("there is no nats-server");
    return server;
  };
}

export const natsTest = isNatsOff ? test.skip : test;
/** Only in the long form, `bun run test:nats`. */
export const longNatsTest = (title: string, run: () => Promise<void>, msMax?: number): void => {
  if (isNatsLong) test(title, run, msMax);
};
export const longNatsDescribe = (title: string, define: () => void): void => {
  if (isNatsLong) describe(title, define);
};

let prefixes = 0;
/** Of a deployment of its own on a server that tests share. */
export const freshPrefix = (): string => `t${process.pid}_${++prefixes}`;
