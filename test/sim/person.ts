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
  readonly givenMs: number;
  /** Its page died so soon after the outcome that it may not have stored it: the next page asks again. */
  mayBeForgotten: boolean;
}

/** A save that is under way, and the one after it. */
export const savedMsMax = 1_500;

export interface PersonOptions {
  readonly user: string;
  readonly def: AnyRoomType;
  readonly world: Clock;
  readonly chance: () => number;
  readonly network: Omit<NetworkOptions, "clock">;
  readonly onTrouble: (code: string, message: string) => void;
  /** What a save takes. */
  readonly saveMs: () => number;
  /** A connection of this one is slow on purpose. */
  readonly onNarrow: (link: Link) => void;
  readonly onWrong: (law: string, what: string) => void;
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
  /** This page's commands without an outcome, as they were given. */
  #open: Given[] = [];
  /** Outcomes of late, and when. */
  #late: { readonly given: Given; readonly ms: number }[] = [];
  /** Cues that this page has heard. */
  #cues = new Set<string>();
  /** So many frames still come over its next connection. */
  tearNext = Infinity;
  /** What its next connection gets no answer to. */
  mutedNext: "connect" | "hello" | undefined;
  /** There is no address to connect to: a policy of its page, say. */
  astrayNext = false;
  /** What its next connection takes. */
  narrowNext = Infinity;
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
    const { user, def, world, chance, network, onTrouble, saveMs, onWrong, onNarrow } = this.#options;
    const life = new LifeClock(world, this.skewMs);
    this.#life = life;
    this.#open = [];
    this.#cues = new Set();
    const storage = this.#device.storage(life, saveMs, () => chance() < 0.5);
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
        if (this.astrayNext) {
          this.astrayNext = false;
          throw new Error("this page may not connect");
        }
        // The network is not of the page: it goes on when the page is gone.
        const link = new Link(0, { ...network, clock: world });
        if (life.isDead)
          link.cut(); // what was on its way to this goes on as a promise does, but there is no page any more
        else if (this.#life === life) {
          this.link = link;
          link.tearAfter = this.tearNext;
          this.tearNext = Infinity;
          link.silent.up = this.mutedNext === "connect";
          link.silent.down = this.mutedNext === "hello";
          this.mutedNext = undefined;
          link.bytesPerMs = this.narrowNext;
          if (this.narrowNext < Infinity) onNarrow(link);
          this.narrowNext = Infinity;
        }
        return link.socket;
      },
    });
    this.room = room;
    room.on("trouble", ({ code, message }) => onTrouble(code, message));
    room.on("cue", (cue) => {
      const { type, tag } = cue as unknown as { readonly type: string; readonly tag?: string };
      if (type !== "shouted" || tag === undefined || life.isDead) return;
      if (this.#cues.has(tag)) onWrong("L2", `${user} hears the cue of ${tag} again`);
      this.#cues.add(tag);
    });
    room.subscribe(() => {
      if (this.#life === life && !life.isDead) this.#options.onChange(this);
    });
  }

  /** The page is gone, without a word. */
  die(): void {
    for (const { given, ms } of this.#late) if (this.#life.monotonic() - ms < savedMsMax) given.mayBeForgotten = true;
    this.#life.kill();
    this.#storage?.die();
    if (this.link === undefined) return;
    Object.assign(this.link.socket, { onopen: null, onmessage: null, onclose: null });
    this.link.cut();
  }

  /** Who has left, and did not come back otherwise. */
  return(): void {
    if (this.room.connection.status === "closed") this.open();
  }

  async leave(): Promise<void> {
    await this.room.leave();
  }

  /** No fault has a part in what it does next. */
  calm(): void {
    this.tearNext = Infinity;
    this.narrowNext = Infinity;
    this.mutedNext = undefined;
    this.astrayNext = false;
    this.setOnline(true);
    this.skew(0);
    if (this.link !== undefined) this.link.bytesPerMs = Infinity;
    this.link?.read();
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
    const given: Given = {
      tag: command.tag,
      user: this.user,
      outcome: undefined,
      atEpoch,
      givenMs: this.#life.monotonic(),
      mayBeForgotten: false,
    };
    this.given.push(given);
    const life = this.#life;
    const { seq, settled } = this.room.send(command as never);
    if (seq > 0) this.#open.push(given);
    void settled.then((outcome) => {
      if (life.isDead) return;
      given.outcome = outcome as Given["outcome"];
      const ms = life.monotonic();
      this.#late = [...this.#late.filter((one) => ms - one.ms < savedMsMax), { given, ms }];
      this.#told(given);
    });
  }

  /** A refusal is final once all before it have their fates (SPEC REF-1), where anybody knows them. */
  #told(given: Given): void {
    if (given.outcome?.code === "closed") return; // by its own page, and no fate
    const place = this.#open.indexOf(given);
    if (place < 0) return;
    this.#open.splice(place, 1);
    if (place > 0 && given.outcome?.ok === false && given.outcome.code !== "unknown")
      this.#options.onWrong("L5", `${this.user} is refused ${given.tag} before the fate of ${this.#open[0]?.tag}`);
  }

  /** The oldest command without an outcome. */
  get oldest(): Given | undefined {
    return this.#open[0];
  }

  /** What has no outcome, though nothing is pending. */
  get forgotten(): readonly Given[] {
    return this.room.pending.length === 0 ? this.#open : [];
  }
}
