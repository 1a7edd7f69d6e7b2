/** Somebody in a simulated run: a device, and the pages on it, one after the other. */
import { createRoom, type Room } from "../../src/client/index.ts";
import type { Clock } from "../../src/clock.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";
import { Device } from "../../src/testing/device.ts";
import { LifeClock } from "../../src/testing/life.ts";
import { Link, type NetworkOptions } from "../../src/testing/network.ts";
import type { ArenaCommand } from "./arena.ts";

export interface Given {
  readonly tag: string;
  readonly user: string;
  /** undefined: its page died before it heard. */
  outcome: { readonly ok: boolean; readonly code?: string; readonly rev?: number } | undefined;
  readonly atEpoch: string;
}

export interface PersonOptions {
  readonly user: string;
  readonly def: AnyRoomType;
  readonly world: Clock;
  readonly chance: () => number;
  readonly network: Omit<NetworkOptions, "clock">;
  readonly onTrouble: (code: string, message: string) => void;
  readonly onRefused: (client: string, seq: number, refusal: string) => void;
  readonly onChange: (person: Person) => void;
}

export class Person {
  readonly user: string;
  readonly given: Given[] = [];
  readonly #options: PersonOptions;
  readonly #device = new Device();
  #life: LifeClock;
  #storage: { die(): void } | undefined;
  #online: (online: boolean) => void = () => undefined;
  #isOnline = true;
  #pages = 0;
  room!: Room<AnyRoomType>;
  link: Link | undefined;
  skewMs = 0;

  constructor(options: PersonOptions) {
    this.user = options.user;
    this.#options = options;
    this.#life = new LifeClock(options.world);
    this.open();
  }

  /** Timers of its page. */
  get timers(): number {
    return this.#life.pending;
  }

  /** A page, on what the last one left. */
  open(): void {
    const { user, def, world, chance, network, onTrouble, onRefused } = this.#options;
    const life = new LifeClock(world, this.skewMs);
    this.#life = life;
    this.#isOnline = true;
    const storage = this.#device.storage(
      life,
      () => (chance() < 0.7 ? 0 : chance() * 20),
      () => chance() < 0.5,
    );
    this.#storage = storage;
    const page = ++this.#pages;
    let ids = 0;
    const room = createRoom(def, {
      url: "ws://sim",
      id: "sim",
      token: () => user,
      storage,
      clock: life,
      random: chance,
      newId: () => `${user}p${page}${ids++ > 0 ? `x${ids}` : ""}`,
      network: {
        isOnline: () => this.#isOnline,
        watch: (changed) => {
          this.#online = changed;
          return () => undefined;
        },
      },
      socket: () => {
        // The network is not of the page: it goes on when the page is gone.
        const link = new Link(0, { ...network, clock: world });
        if (this.#life === life) this.link = link;
        return link.socket;
      },
    });
    this.room = room;
    room.on("trouble", ({ code, message }) => onTrouble(code, message));
    room.on("refused", ({ seq, command: _, ...why }) => onRefused(room.me?.client ?? "", seq, JSON.stringify(why)));
    room.subscribe(() => {
      if (this.#life === life && !life.isDead) this.#options.onChange(this);
    });
  }

  /** The page is gone, without a word. */
  die(): void {
    this.#life.kill();
    this.#storage?.die();
    this.link?.cut();
  }

  async leave(): Promise<void> {
    await this.room.leave();
  }

  setOnline(online: boolean): void {
    this.#isOnline = online;
    if (!online) this.link?.cut();
    this.#online(online);
  }

  skew(ms: number): void {
    this.skewMs = ms;
    this.#life.skewMs = ms;
  }

  send(command: ArenaCommand, atEpoch: string): void {
    const given: Given = { tag: command.tag, user: this.user, outcome: undefined, atEpoch };
    this.given.push(given);
    const life = this.#life;
    void this.room.send(command as never).settled.then((outcome) => {
      if (!life.isDead) given.outcome = outcome as Given["outcome"];
    });
  }
}
