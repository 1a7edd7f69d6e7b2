/** A test file's server, its bystanders and its attackers. After each attack: nobody noticed, memory is bounded, the process lives. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Limits } from "../../../src/protocol/limits.ts";
import { RawClient } from "../../support/raw-client.ts";
import { Bystanders } from "./bystanders.ts";
import { Victim } from "./victim.ts";

/** As `bun run test:wire` has it: also what takes long. */
export const isLong = process.env["WIRE"] === "long";

/** More than the server had before the first attack; the collector takes its time. */
const growthMiBMax = 100;
const attackMsMax = 30_000;

export interface StageOptions {
  readonly limits?: Partial<Limits>;
  /** Alarms that the attacks do raise; each must come, and no other may. Default: none. */
  readonly alarms?: readonly RegExp[];
}

export class Stage {
  readonly #options: StageOptions;
  /** What no bystander and no log may ever show. */
  readonly secrets = new Set<string>();
  #victim: Victim | undefined;
  #people: Bystanders | undefined;
  #quietMiB = 0;
  #attackers = 0;

  /** To be made at the top of a test file: it starts the server before the first test. */
  constructor(options: StageOptions = {}) {
    this.#options = options;
    beforeAll(async () => {
      this.#victim = await Victim.start({ graceMs: 500, ...options.limits });
      this.#people = await Bystanders.arrive(this.#victim);
      await this.#people.unharmed([]);
      for (const { welcome } of this.#people.all) if (welcome !== undefined) this.secrets.add(welcome.resume); // each has heard its own by now
      this.#quietMiB = await this.#victim.residentMiB();
    });
    afterAll(async () => {
      this.#people?.leave();
      await this.#victim?.stop();
    });
  }

  get victim(): Victim {
    if (this.#victim === undefined) throw new Error("the server is not started yet");
    return this.#victim;
  }

  get people(): Bystanders {
    if (this.#people === undefined) throw new Error("nobody is there yet");
    return this.#people;
  }

  get hall(): string {
    return this.victim.url("meeting/hall");
  }

  attack(title: string, run: () => Promise<void>): void {
    test(
      title,
      async () => {
        await run();
        await this.unharmed();
      },
      attackMsMax,
    );
  }

  /** To be called after the last attack. */
  curtain(): void {
    test("[L13] [L11] the server's log holds lines of its own and no secret, and the server stops as it should", async () => {
      await this.unharmed();
      this.people.leave();
      expect(await this.victim.stop()).toBe(0);
      const { out, err } = this.victim.printed;
      expect(wrongLines(out, err, this.secrets)).toEqual([]);
      const { alarms = [] } = this.#options;
      expect(err.filter((line) => !alarms.some((alarm) => alarm.test(line)))).toEqual([]);
      for (const alarm of alarms) expect(err).toContainEqual(expect.stringMatching(alarm));
    });
  }

  async unharmed(): Promise<void> {
    if (!this.victim.isAlive) throw new Error(`the server has ended:\n${this.victim.printed.err.join("\n")}`);
    await this.people.unharmed(this.secrets);
    const grownMiB = (await this.victim.residentMiB()) - this.#quietMiB;
    if (grownMiB > growthMiBMax) throw new Error(`the server's memory grew by ${Math.round(grownMiB)} MiB`);
  }

  /** A user that nobody was before; a role's name and a dash in front give that role. */
  newUser(prefix = "mallory"): string {
    return `${prefix}-${++this.#attackers}`;
  }

  /** Kept secret. `kind`: see quorate.config.ts. */
  tokenOf(user: string, kind = "as"): string {
    const secret = `s3cret-of-${user}`;
    this.secrets.add(secret);
    return `${kind}:${user}:${secret}`;
  }

  /** Says hello, in the hall if nothing else is said; the answer is yet to come. */
  hello(
    hello: { readonly room?: string; readonly kind?: string; readonly user?: string } & Record<string, unknown> = {},
  ): Promise<RawClient> {
    const { room = "meeting/hall", kind = "as", user = this.newUser(), ...payload } = hello;
    return RawClient.hello(this.victim.url(room), { client: user, token: this.tokenOf(user, kind), ...payload });
  }

  /** Somebody who was let in, and turns out to be hostile. */
  async intruder(hello: Parameters<Stage["hello"]>[0] = {}): Promise<RawClient> {
    const client = await this.hello(hello);
    await client.until(() => client.of("snapshot").length > 0 || client.ended, "the snapshot");
    if (client.ended) throw new Error(`not let in: ${JSON.stringify(client.frames)}`);
    this.secrets.add(String(client.of("welcome")[0]?.payload.resume));
    return client;
  }

  /** The most memory that the server has while `run` runs, beyond what it had before any attack, in MiB. */
  async peakMiB(run: () => Promise<void>): Promise<number> {
    let peak = 0;
    const done = new AbortController();
    const watch = (async () => {
      while (!done.signal.aborted) {
        peak = Math.max(peak, await this.victim.residentMiB());
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await run().finally(() => done.abort());
    await watch;
    return peak - this.#quietMiB;
  }
}

/** Lines that the server itself would not have written, or that tell a secret. */
export function wrongLines(out: readonly string[], err: readonly string[], secrets: ReadonlySet<string>): string[] {
  const parsed = (line: string): { readonly level?: unknown; readonly code?: unknown; readonly msg?: unknown } => {
    try {
      return JSON.parse(line) as object;
    } catch {
      return {};
    }
  };
  const isAlarm = (line: string) => parsed(line).level === "error" && typeof parsed(line).code === "string";
  const isClean = (line: string) => !/[\p{Cc}\u2028\u2029]/u.test(line) && ![...secrets].some((secret) => line.includes(secret));
  const isExpected = (line: string) =>
    parsed(line).level === "info" && /^(Quorate listens on http:\S+|draining|drained)$/.test(String(parsed(line).msg));
  return [...out.filter((line) => !isClean(line) || !isExpected(line)), ...err.filter((line) => !isClean(line) || !isAlarm(line))];
}
