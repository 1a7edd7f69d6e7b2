/**
 * Goes through a room type's states, from an empty room on, what is new before what is known, near before far.
 * Bounded by counts alone, so two runs are the same. From: check-machine.ts. To: whoever looks at each moment and each op (`Visitor`).
 */
import type { AnyRoomType } from "../room/define-room.ts";
import { Frontier } from "./frontier.ts";
import { type Moment, type Move, valueText } from "./moment.ts";
import { type CommandTry, Moves } from "./moves.ts";
import { Outputs } from "./outputs.ts";
import { Payloads } from "./payloads.ts";
import { people } from "./people.ts";
import type { Waiting } from "./queues.ts";
import { startAt, type Trial, type Tried } from "./trial.ts";

export interface Bounds {
  /** States from which everything was tried. */
  readonly statesMax: number;
  readonly triesMax: number;
  readonly depthMax: number;
}
/** States and tries may be so many times more while there is a state that was never reached or a command that was never accepted. */
const timesWhileMissing = 4;

export interface Explored {
  readonly states: number;
  /** Distinct: from one state by one event to another. */
  readonly transitions: number;
  /** Events that were tried. */
  readonly tried: number;
  readonly depth: number;
  /** The longest virtual time that a way took. */
  readonly virtualMs: number;
  /** Nothing was left to explore: the bounds did not matter. */
  readonly exhausted: boolean;
}

/** Hears of everything, in order. */
export interface Visitor {
  moment(moment: Moment): void;
  refused(moment: Moment, tried: CommandTry): void;
  noEffect(moment: Moment, tried: CommandTry): void;
  threw(moment: Moment, tried: CommandTry): void;
  /** `move` is an op, made of `moment`. */
  taken(moment: Moment, move: Move, after: Moment): void;
  /** Whether there is something that exploring further may still find. */
  isMissing(): boolean;
  /** Everything that can happen in this moment was tried. */
  done(moment: Moment): void;
}

export interface ExploreOptions {
  readonly commands: readonly { readonly type: string }[];
  readonly outputs: Readonly<Record<string, readonly unknown[]>>;
  readonly bounds: Bounds;
}

export function explore(room: AnyRoomType, trial: Trial, options: ExploreOptions, visitor: Visitor): Explored {
  return new Explorer(room, trial, options, visitor).run();
}

/** Per command, role and state value: refusals whose guards are looked into. */
const aimsMax = 4;

class Explorer {
  readonly #trial: Trial;
  readonly #bounds: Bounds;
  readonly #visitor: Visitor;
  readonly #payloads: Payloads;
  readonly #moves: Moves;
  readonly #transitions = new Set<string>();
  readonly #frontier = new Frontier();
  /** Commands, and commands with a role. */
  readonly #accepted = new Set<string>();
  readonly #aims = new Map<string, number>();
  #states = 0;
  #tried = 0;
  #depth = 0;
  #virtualMs = 0;

  constructor(room: AnyRoomType, trial: Trial, { commands, outputs, bounds }: ExploreOptions, visitor: Visitor) {
    this.#trial = trial;
    this.#bounds = bounds;
    this.#visitor = visitor;
    this.#payloads = new Payloads(room.commands, commands);
    const services = new Outputs(trial, outputs);
    this.#moves = new Moves(trial, this.#payloads, (id, moment) => services.of(id, moment));
  }

  run(): Explored {
    this.#begin();
    let exhausted = true;
    for (let waiting = this.#frontier.next(); waiting !== undefined; waiting = this.#frontier.next()) {
      if (this.#isEnough()) {
        exhausted = false;
        break;
      }
      if (waiting.moment.depth >= this.#bounds.depthMax) exhausted = false;
      else this.#expand(waiting);
    }
    return {
      states: this.#states,
      transitions: this.#transitions.size,
      tried: this.#tried,
      depth: this.#depth,
      virtualMs: this.#virtualMs,
      exhausted,
    };
  }

  #isEnough(): boolean {
    const { statesMax, triesMax } = this.#bounds;
    const isOver = (times: number) => this.#states >= statesMax * times || this.#tried >= triesMax * times;
    return isOver(timesWhileMissing) || (isOver(1) && !this.#visitor.isMissing());
  }

  /** Everybody comes in, also where the machine takes no notice of it. The full room is where it starts from: most can happen there. */
  #begin(): void {
    let moment = this.#trial.begin();
    if (moment === undefined) return;
    const filling = [moment];
    for (const person of people) {
      const move = this.#moves.join(moment, person);
      if (this.#trial.refusesJoin(moment, move)) continue;
      const tried = this.#trial.take(moment, move);
      if (tried.kind !== "taken") continue;
      moment = tried.moment;
      filling.push(moment);
    }
    for (const seed of filling.reverse()) this.#put(seed, 0);
  }

  #expand({ moment, distance }: Waiting): void {
    this.#states++;
    this.#depth = Math.max(this.#depth, moment.depth);
    for (const move of this.#moves.events(moment)) {
      const isRefusedJoin = move.op.event.type === "participant.joined" && this.#trial.refusesJoin(moment, move);
      if (isRefusedJoin) this.#tried++;
      else this.#try(moment, move, distance);
    }
    for (const tried of this.#moves.commands(moment)) {
      if (tried.asked.refused) {
        this.#tried++;
        this.#visitor.refused(moment, tried);
        this.#aimAt(moment, tried);
        continue;
      }
      const kind = this.#try(moment, tried.move, distance);
      if (kind === "taken") this.#learn(tried.move);
      else if (kind === "threw") this.#visitor.threw(moment, tried);
      else this.#visitor.noEffect(moment, tried);
    }
    this.#visitor.done(moment);
  }

  #learn({ op: { event, by } }: Move): void {
    const way = `${event.type} ${by.role}`;
    for (const goal of [event.type, way]) this.#accepted.add(goal);
    this.#frontier.commands.drop(event.type);
    this.#frontier.ways.drop(way);
    this.#payloads.learn(event);
  }

  /** A command that was never accepted, or not from this role: what its guards look at is what has to change. */
  #aimAt(moment: Moment, { move }: CommandTry): void {
    const { event, by } = move.op;
    const way = `${event.type} ${by.role}`;
    const place = `${way} ${valueText(moment)}`;
    const aims = this.#aims.get(place) ?? 0;
    if (this.#accepted.has(way) || aims >= aimsMax || moment.here.get(by.user) === "removed") return;
    this.#aims.set(place, aims + 1);
    const paths = this.#trial.blamedPaths(moment, move);
    this.#frontier.ways.add(way, paths);
    if (!this.#accepted.has(event.type)) this.#frontier.commands.add(event.type, paths);
  }

  #try(moment: Moment, move: Move, distance: number): Tried["kind"] {
    this.#tried++;
    const tried = this.#trial.take(moment, move);
    if (tried.kind !== "taken") return tried.kind;
    this.#virtualMs = Math.max(this.#virtualMs, tried.moment.state.at - startAt);
    this.#visitor.taken(moment, move, tried.moment);
    this.#transitions.add(`${valueText(moment)}|${move.op.event.type}|${valueText(tried.moment)}`);
    this.#put(tried.moment, distance + 1, move);
    return tried.kind;
  }

  #put(moment: Moment, distance: number, by?: Move): void {
    if (this.#frontier.put(moment, distance, by)) this.#visitor.moment(moment);
  }
}
