/**
 * One run: people write, one fault comes after the other, and after each it is looked whether all is as it should be. From: real.test.ts,
 * controls.test.ts, ../chaos.ts. To: world.ts, faults.ts.
 */
import type { Book } from "./book.ts";
import { type FaultKind, faults } from "./faults.ts";
import type { Node } from "./node.ts";
import { type Place, World, type WorldOptions } from "./world.ts";

/** One fault, and how long the room was away. */
export interface Struck {
  readonly kind: FaultKind;
  readonly room: string;
  /** Until somebody, and until everybody, was acknowledged something given after the fault; and the longest time in which nobody was. */
  readonly firstMs: number;
  readonly allMs: number;
  readonly silenceMs: number;
}

export interface Totals {
  /** Commands that were acknowledged, and refused. */
  readonly accepted: number;
  readonly refused: number;
  readonly ops: number;
  /** Ops that clients were told of, each by each. */
  readonly told: number;
  /** Nodes, in all their lives, that wrote to a room. */
  readonly writers: number;
}

/** Nobody waits longer for a cluster that is whole again. */
const healMsMax = 40_000;
/** A fault that does not end is one of these tests, or of a node that does not. */
const strikeMsMax = 90_000;
const bookEveryMs = 1_000;
const togetherMsMax = 30_000;
const problemsMax = 20;
/** Each takes as long as the journal waits for NATS, 5 s. */
const readTriesMax = 6;
/** What a node may say while NATS, or another node, is away. */
const alarmsExpected: readonly string[] = ["io", "journal", "conflict", "snapshot"];

export class Run implements AsyncDisposable {
  readonly world: World;
  /** What is wrong, for people; each begins with the law that it breaks. */
  readonly problems: string[] = [];
  #totals = { accepted: 0, refused: 0 };
  #reading: ReturnType<typeof setInterval>;

  private constructor(world: World) {
    this.world = world;
    // Before it is trimmed.
    this.#reading = setInterval(() => {
      for (const { book } of world.places) book.catchUp().catch(() => undefined); // NATS may be away; the check asks again
    }, bookEveryMs);
  }

  static async start(options: WorldOptions): Promise<Run> {
    const run = new Run(await World.start(options));
    run.world.write();
    return run;
  }

  /** The fault, until all is well again, and a check. */
  async strike(kind: FaultKind, place: Place): Promise<readonly Struck[]> {
    const struck: Struck[] = [];
    try {
      await this.world.spread(place);
      for (const heal of await within(strikeMsMax, faults[kind](this.world, place))) {
        await heal.all(healMsMax);
        const { firstMs = 0, allMs = 0, silenceMs } = heal;
        struck.push({ kind, room: place.name, firstMs, allMs, silenceMs });
      }
    } catch (error) {
      this.#problem(`[L14] ${kind} of ${place.name}: ${chain(error)}`);
    }
    place.heal = undefined;
    await this.check();
    return struck;
  }

  /** Of what has its fate by now. */
  async check(): Promise<void> {
    for (const { clerks, book, heard } of this.world.places) {
      const told = clerks.flatMap((clerk) => clerk.told.splice(0));
      await readTo(book);
      book.audit(told);
      this.#totals.accepted += told.filter(({ outcome }) => outcome === "accepted").length;
      this.#totals.refused += told.filter(({ outcome }) => outcome === "refused").length;
      for (const list of [book.problems, heard.problems, ...clerks.map(({ problems }) => problems)])
        for (const problem of list.splice(0)) this.#problem(`${problem} (${book.name})`);
    }
    for (const node of this.world.nodes) this.#checkNode(node);
  }

  /** Everybody stops: then all clients and all nodes have what the log gives. */
  async meet(): Promise<void> {
    try {
      await this.world.rest();
      for (const place of this.world.places) await this.#together(place);
    } catch (error) {
      this.#problem(`[L14] ${chain(error)}`);
    }
    await this.check();
  }

  get totals(): Totals {
    const { places } = this.world;
    return {
      ...this.#totals,
      ops: places.reduce((sum, { book }) => sum + book.rev, 0),
      told: places.reduce((sum, { heard }) => sum + heard.ops, 0),
      writers: places.reduce((sum, { book }) => sum + book.writers.size, 0),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reading);
    await this.world[Symbol.asyncDispose]();
  }

  /** Whoever is told last sets the pace; somebody's leave may still come. */
  async #together({ name, book, clerks }: Place): Promise<void> {
    const deadlineMs = performance.now() + togetherMsMax;
    for (;;) {
      await readTo(book);
      const nodes = await this.#statusOf(name);
      const revs = [...clerks.map(({ room }) => room.rev), ...nodes.map(({ rev }) => rev)];
      if (revs.every((rev) => rev === book.rev)) {
        for (const { client, text } of clerks)
          if (text !== book.text) this.#problem(`[L14] ${client} has another state than the log gives`);
        for (const { node, text } of nodes)
          if (text !== book.text) this.#problem(`[L7] ${node} has another state of ${name} than the log gives`);
        return;
      }
      if (performance.now() > deadlineMs) throw new Error(`${name} is at rev ${book.rev}, and clients and nodes at ${revs.join(", ")}`);
      await Bun.sleep(50); // between two looks
    }
  }

  async #statusOf(name: string): Promise<{ node: string; rev: number; text: string }[]> {
    const found: { node: string; rev: number; text: string }[] = [];
    for (const node of this.world.nodes)
      for (const room of (await node.status())?.rooms ?? []) if (room.name === name) found.push({ ...room, node: node.name });
    return found;
  }

  #checkNode(node: Node): void {
    for (const { code, message } of node.alarms.splice(0))
      if (!alarmsExpected.includes(code)) this.#problem(`[L4] ${node.name} raised ${code}: ${message}`);
    for (const line of node.errors.splice(0)) this.#problem(`[L13] ${node.name} printed: ${line}`);
  }

  /** One that is there comes back with every op: the first ones say most. */
  #problem(what: string): void {
    if (this.problems.length < problemsMax) this.problems.push(what);
  }
}

/** A cluster that has just lost a server may not answer for a moment. */
async function readTo(book: Book): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await book.catchUp();
    } catch (error) {
      if (tries === readTriesMax) throw error;
    }
  }
}

async function within<T>(timeoutMs: number, doing: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it took more than ${timeoutMs} ms`)), timeoutMs);
  return Promise.race([doing, late]).finally(() => clearTimeout(timer));
}

/** With what led to it. */
function chain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${chain(error.cause)})`;
}
