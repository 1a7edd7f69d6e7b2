/** A house full of meetings: four halls where people come and go, and small rooms that are opened, emptied and let go. A bounded rate, tick by tick. From: main.ts. */
import { Visitor } from "./visitor.ts";

const seats = 8;
export const halls = ["hall-0", "hall-1", "hall-2", "hall-3"];
/** One in so many ticks, on average. */
const every = { change: 5, reload: 6, cut: 8, resync: 8, poll: 30, agenda: 60, record: 80, popUp: 6 };
const perTick = { commands: 30, moves: 50 };
const popUpTalks = 10;

export class House {
  /** Everybody who ever was in a hall, for the journal's sake. */
  readonly everyone = new Map<string, Visitor[]>();
  readonly present = new Map<string, Visitor[]>();
  /** What went wrong, for people. */
  readonly troubles: string[] = [];
  readonly done = { joins: 0, leaves: 0, reloads: 0, cuts: 0, resyncs: 0, popUps: 0, commands: 0 };
  readonly #url: string;
  readonly #chance: () => number;
  readonly #underWay = new Set<Promise<void>>();
  #people = 0;

  constructor(url: string, chance: () => number) {
    this.#url = url;
    this.#chance = chance;
  }

  /** Somebody opens each hall, and the others come. */
  open(): void {
    for (const hall of halls) {
      this.#join(hall, "Host").send({ type: "meeting.start" });
      for (let i = 1; i < seats; i++) this.#join(hall);
    }
  }

  tick(): void {
    for (let i = 0; i < perTick.commands; i++) this.#turn(this.#somebody());
    for (let i = 0; i < perTick.moves; i++) this.#somebody().move(Math.floor(this.#chance() * 1_000), Math.floor(this.#chance() * 1_000));
    if (this.#oneIn(every.change)) this.#change();
    if (this.#oneIn(every.reload)) this.#start("reloads", (person) => person.reload());
    if (this.#oneIn(every.cut)) this.#start("cuts", async (person) => person.cut());
    if (this.#oneIn(every.resync)) this.#start("resyncs", async (person) => person.askForState());
    if (this.#oneIn(every.popUp)) this.#track(this.#popUp());
    const host = this.present.get(this.#pick(halls))?.[0];
    if (host === undefined || host.isAway) return;
    if (this.#oneIn(every.poll)) this.#send(host, { type: "poll.open", question: `Shall we? ${this.#chance()}`, options: ["Yes", "No"] });
    if (this.#oneIn(every.agenda)) this.#agenda(host);
    if (this.#oneIn(every.record)) this.#send(host, { type: this.#chance() < 0.5 ? "recording.start" : "recording.stop" });
  }

  /** Nothing is under way, and all are in step. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
    for (const people of this.present.values()) await Promise.all(people.map((person) => person.synced()));
  }

  /** What runs is stopped, and all leave, but for so many. */
  async close(staying = 0): Promise<void> {
    for (const [host] of this.present.values()) {
      if (host === undefined) continue;
      for (const type of ["agenda.finish", "recording.stop"] as const) this.#send(host, { type });
    }
    await this.settled();
    const all = [...this.present.values()].flat();
    await Promise.all(all.slice(staying).map((person) => this.#leave(person)));
    this.present.clear();
  }

  #join(hall: string, name?: string): Visitor {
    const client = `p${++this.#people}`;
    const person = new Visitor(this.#url, hall, client, name ?? `Member ${client}`);
    for (const map of [this.everyone, this.present]) map.set(hall, [...(map.get(hall) ?? []), person]);
    this.done.joins++;
    return person;
  }

  async #leave(person: Visitor): Promise<void> {
    await person.leave();
    this.done.leaves++;
    this.troubles.push(...person.troubles);
  }

  /** The host stays. */
  #change(): void {
    const hall = this.#pick(halls);
    const [host, ...others] = this.present.get(hall) ?? [];
    const leaving = this.#pick(others);
    if (host === undefined || leaving.isAway) return;
    this.present.set(hall, [host, ...others.filter((person) => person !== leaving)]);
    this.#track(this.#leave(leaving));
    this.#join(hall);
  }

  #start(what: "reloads" | "cuts" | "resyncs", act: (person: Visitor) => Promise<void>): void {
    const person = this.#somebody();
    if (person.isAway) return;
    this.done[what]++;
    this.#track(act(person));
  }

  /** Two meet in a room of their own, and leave it for good. */
  async #popUp(): Promise<void> {
    const id = `pop-up-${++this.done.popUps}`;
    const two = ["Host", "Guest"].map((name) => new Visitor(this.#url, id, `p${++this.#people}`, name));
    this.done.joins += two.length;
    for (let i = 0; i < popUpTalks; i++) for (const one of two) this.#send(one, { type: "chat.send", text: `${i}` });
    await Promise.all(two.map((one) => one.synced()));
    await Promise.all(two.map((one) => this.#leave(one)));
  }

  #turn(person: Visitor): void {
    if (person.isAway) return;
    const poll = person.room.state.context.meeting.polls.findLast(({ open }) => open)?.id ?? "none";
    const dice = this.#chance();
    if (dice < 0.5) this.#send(person, { type: "chat.send", text: `${person.client}: ${Math.floor(this.#chance() * 1e9)}` });
    else if (dice < 0.65) this.#send(person, { type: "hand.raise" });
    else if (dice < 0.8) this.#send(person, { type: "hand.lower" });
    else if (dice < 0.9) this.#send(person, { type: "poll.vote", poll, option: Math.floor(this.#chance() * 2) });
    else if (dice < 0.95) this.#send(person, { type: "react", emoji: "👍" });
    else this.#send(person, { type: "meeting.start" }); // it runs
  }

  /** A timer of a minute, unless one runs. */
  #agenda(host: Visitor): void {
    const { agenda, running } = host.room.state.context.meeting;
    if (running !== null) return this.#send(host, { type: "agenda.finish" });
    const planned = agenda.find(({ state }) => state === "planned");
    if (planned !== undefined) return this.#send(host, { type: "agenda.start", item: planned.id });
    for (const { id } of agenda) this.#send(host, { type: "agenda.remove", item: id });
    this.#send(host, { type: "agenda.add", title: "Where we stand", minutes: 1 });
  }

  #send(person: Visitor, command: Parameters<Visitor["send"]>[0]): void {
    this.done.commands++;
    person.send(command);
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => void this.troubles.push(String(error))).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #somebody(): Visitor {
    return this.#pick([...this.present.values()].flat());
  }

  #pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.#chance() * list.length)];
    if (picked === undefined) throw new Error("nobody is there");
    return picked;
  }

  #oneIn(n: number): boolean {
    return this.#chance() * n < 1;
  }
}
