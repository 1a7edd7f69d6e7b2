/** All clients of a run: they join, are reminded to say how far they are, and are asked whether they are level. */
import type { Bench } from "./bench.ts";
import { Client } from "./client.ts";
import type { ServerProcess } from "./job.ts";
import { Observer } from "./observer.ts";

const joiningAtOnceMax = 64;
const remindEveryMs = 100;
const levelWaitMsMax = 15_000;
const observedWaitMsMax = 10_000;

interface RoomLevel {
  readonly reached: number;
  /** That its clients had sent by then. */
  readonly commands: number;
}
export interface Level {
  /** Empty where the protocol numbers nothing. */
  readonly rooms: ReadonlyMap<number, RoomLevel>;
  /** Clients that did not get there in time. */
  readonly behind: number;
}

export interface FleetOptions {
  /** Clients are dealt out to these in turn. Default: all that there are. */
  readonly nodes?: readonly ServerProcess[];
  /** Every client is an observer; else the first one of each node is. */
  readonly allRead?: boolean;
}

/** A client that decodes everything, and who looks at what it gets. */
export interface Reader {
  readonly client: Client;
  readonly observer: Observer;
}

export class Fleet {
  readonly clients: Client[] = [];
  readonly readers: Reader[] = [];
  /** The very first client's, in room 0. */
  readonly observer: Observer;
  readonly nodes: readonly ServerProcess[];
  readonly #bench: Bench;
  readonly #allRead: boolean;
  #remindAt = 0;
  #reminding: ReturnType<typeof setInterval> | undefined;

  constructor(bench: Bench, { nodes = bench.job.nodes, allRead = false }: FleetOptions = {}) {
    this.#bench = bench;
    this.#allRead = allRead;
    this.nodes = nodes;
    this.observer = this.#newObserver();
  }

  /** More clients, dealt out to the rooms and to the nodes in turn; the first one of each node is an observer. Resolves when all have their state. */
  async join(count: number, rooms = 1): Promise<readonly Client[]> {
    this.#startReminding();
    const made: Client[] = [];
    const first = this.clients.length;
    for (let i = first; i < first + count; i++) made.push(await this.make(i % rooms));
    let next = 0;
    const joinAll = async () => {
      for (let client = made[next++]; client !== undefined; client = made[next++]) await client.join();
    };
    await Promise.all(Array.from({ length: joiningAtOnceMax }, joinAll));
    return made;
  }

  /** One that has not joined yet. */
  async make(room: number): Promise<Client> {
    const index = this.clients.length;
    const place = { index, room, port: this.nodes[index % this.nodes.length]?.port ?? 0 };
    const client = new Client(place, await this.#bench.dialect.speaker(place));
    if (this.#allRead || index < this.nodes.length) {
      const observer = index === 0 ? this.observer : this.#newObserver();
      client.reader = (reading) => observer.read(reading);
      this.readers.push({ client, observer });
    }
    this.clients.push(client);
    return client;
  }

  /** Everyone is there, and the server is calm. Throws if it does not get there. */
  async ready(): Promise<Level> {
    await this.#bench.calm();
    const level = await this.level();
    if (level.behind > 0) throw new Error(`${level.behind} clients were behind before there was anything to do`);
    return level;
  }

  /** One more command in each room; then all its clients have to reach the same number: the one that follows from `before`, where that is known. */
  async level(before?: Level): Promise<Level> {
    if (!this.#bench.dialect.numbers) return { rooms: new Map(), behind: 0 };
    const here = this.clients.filter(({ isClosed }) => !isClosed);
    const rooms = [...Map.groupBy(here, ({ place }) => place.room)];
    for (const client of here) {
      client.follow(true);
      client.reached = -1;
    }
    for (const [, [writer]] of rooms) writer?.command(performance.now(), `level ${writer.commands}`);
    const behind = () => rooms.reduce((sum, [room, clients]) => sum + behindIn(clients, before?.rooms.get(room)), 0);
    const untilMs = performance.now() + levelWaitMsMax;
    while (behind() > 0 && performance.now() < untilMs) await Bun.sleep(10);
    for (const client of here) client.follow(false);
    return {
      rooms: new Map(rooms.map(([room, clients]) => [room, { reached: highest(clients), commands: commandsOf(clients) }])),
      behind: behind(),
    };
  }

  /** Until every observer has seen every command of its room, for a while; how many were not seen. */
  async observed(): Promise<number> {
    const untilMs = performance.now() + observedWaitMsMax;
    const missingOf = ({ client, observer }: Reader) =>
      commandsOf(this.clients.filter(({ place }) => place.room === client.place.room)) - observer.commands - observer.skipped;
    const missing = () => this.readers.reduce((sum, reader) => sum + missingOf(reader), 0);
    while (missing() > 0 && performance.now() < untilMs) await Bun.sleep(10);
    return missing();
  }

  /** What servers complained about, by text. */
  troubles(): string[] {
    const troubles = this.clients.flatMap(({ trouble, place }) => (trouble === undefined ? [] : [`client ${place.index}: ${trouble}`]));
    const problems = this.readers.flatMap(({ client, observer: { problem } }) =>
      problem === undefined ? [] : [`the observer, client ${client.place.index}: ${problem.message}`],
    );
    return [...problems, ...troubles].slice(0, troublesMax);
  }

  leave(): void {
    clearInterval(this.#reminding);
    for (const client of this.clients) client.cut();
  }

  #newObserver(): Observer {
    return new Observer({ now: () => performance.now(), skips: this.#bench.dialect.skips ?? false });
  }

  /** Not all at the same moment. */
  #startReminding(): void {
    this.#reminding ??= setInterval(() => {
      const everyMs = this.clients[0]?.speaker.keepAlive?.everyMs;
      if (everyMs === undefined) return;
      const parts = Math.max(1, Math.round(everyMs / remindEveryMs));
      const part = this.#remindAt++ % parts;
      for (let i = part; i < this.clients.length; i += parts) this.clients[i]?.remind();
    }, remindEveryMs);
  }
}

const troublesMax = 5;
const highest = (clients: readonly Client[]): number => clients.reduce((top, { reached }) => Math.max(top, reached), -1);
const commandsOf = (clients: readonly Client[]): number => clients.reduce((sum, { commands }) => sum + commands, 0);

function behindIn(clients: readonly Client[], before: RoomLevel | undefined): number {
  const expected = before === undefined ? 0 : before.reached + commandsOf(clients) - before.commands;
  const top = Math.max(highest(clients), expected);
  return clients.filter(({ reached }) => reached < 0 || reached < top).length;
}
