/** A client of the real library and its connection to a real room, in which somebody else is: what the network and the server do to it. */
import type { ClientSocket, Room } from "../../src/client/index.ts";
import { memoryStorage } from "../../src/client/memory.ts";
import { type Person, World } from "../client/world.ts";
import type { board } from "../support/board.ts";
import type { Frame } from "../support/client.ts";

/** What the way from the server does with a frame. */
type Way = "passes" | "waits" | "is lost";

export class Traveller {
  readonly world: World;
  readonly sockets: ClientSocket[] = [];
  /** There is no such address. */
  isAstray = false;
  /** Nothing arrives for a minute. */
  isSlow = false;
  way: (frame: Frame) => Way = () => "passes";
  closing: Promise<void> | undefined;
  readonly #ben: Person;
  readonly #ann: Person;
  readonly #claimed = Promise.withResolvers<void>();
  #waiting: string[] = [];
  #tellNetwork: (online: boolean) => void = () => undefined;

  private constructor(world: World) {
    this.world = world;
    this.#ben = world.join("ben");
    const storage = memoryStorage();
    const claim: typeof storage.claim = async (room, fresh) => {
      await this.#claimed.promise;
      return storage.claim(room, fresh);
    };
    const network = {
      isOnline: () => true,
      watch: (changed: (online: boolean) => void) => {
        this.#tellNetwork = changed;
        return () => undefined;
      },
    };
    const options = { storage: { ...storage, claim }, network, socket: () => this.#connect() };
    this.#ann = world.join("ann", options, { delayMs: () => (this.isSlow ? 60_000 : 5), tamper: (text) => this.#pass(text) });
  }

  /** Not begun: its storage is still being read. */
  static async start(): Promise<Traveller> {
    return new Traveller(await World.make());
  }

  get room(): Room<typeof board> {
    return this.#ann.room;
  }

  get status(): string {
    return this.room.connection.status;
  }

  /** Of that type, as they reached the server. */
  said(type: string): Frame["payload"][] {
    return this.#ann.wire.said.filter((frame) => frame.type === type).map(({ payload }) => payload);
  }

  claimed(): void {
    this.#claimed.resolve();
  }

  /** Somebody else does something. */
  async others(): Promise<void> {
    this.#ben.room.send({ type: "set", field: "b", value: this.world.clock.monotonic() });
    await this.world.clock.advance(50);
  }

  cut(): void {
    this.#ann.wire.cut();
  }

  setOnline(online: boolean): void {
    if (!online) this.cut();
    this.#tellNetwork(online);
  }

  /** What waited on its way comes now, and nothing waits any more. */
  arrive(): void {
    this.way = () => "passes";
    for (const text of this.#waiting.splice(0)) this.hear(JSON.parse(text) as Frame);
  }

  hear(frame: Frame): void {
    this.sockets.at(-1)?.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The server's last word on this connection. */
  async turnAway(code: string): Promise<void> {
    this.hear({ type: "closing", payload: { code, reason: `So says the server: ${code}.` } });
    this.sockets.at(-1)?.close();
    await this.world.clock.advance(1);
  }

  /** Nothing happens until `ms` have passed, and then it does. */
  async onlyAfter(ms: number): Promise<void> {
    const { status, world } = this;
    await world.clock.advance(ms - 1);
    if (this.status !== status) throw new Error(`it was ${this.status} too early`);
    await world.clock.advance(1);
  }

  #connect(): ClientSocket {
    if (this.isAstray) throw new SyntaxError("no such address");
    this.way = () => "passes";
    this.#waiting = [];
    const socket = this.#ann.wire.socket();
    this.sockets.push(socket);
    return socket;
  }

  #pass(text: string): string | undefined {
    const way = this.way(JSON.parse(text) as Frame);
    if (way === "waits") this.#waiting.push(text);
    return way === "passes" ? text : undefined;
  }
}
