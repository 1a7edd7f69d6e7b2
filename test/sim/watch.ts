/**
 * One connection as its server serves it: what may be sent on it, in which order, and when it has to end. From: world.ts, frame by frame as they leave.
 * The network's faults come after it, so it sees exactly what the server did.
 */
import type { Clock } from "../../src/clock.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import type { Link } from "../../src/testing/network.ts";
import type { Oracle } from "./oracle.ts";

/** The committed truth, at the moment. */
export interface Truth {
  /** By user and client: who was welcomed last. Another connection of theirs may be dead, and not know it. */
  readonly welcomed: Map<string, Watch>;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Server's wall clock. */
  wall(): number;
  /** May this user see what others may not? */
  seesSecrets(user: string): boolean;
  /** The room type has a view. */
  readonly isSecret: boolean;
  /** Of the server's room type. */
  version(): number;
  /** At that rev the room was in this version already: what a client has there, it may go on from. */
  isOfThisVersion(rev: number): boolean;
  /** Whose number in the room it is. */
  userOf(who: number): string | undefined;
  /** The last that has its fate; undefined while the room takes no commands. */
  lastSeq(user: string, client: string): number | undefined;
  /** No event loop stood still since then, monotonic ms. */
  readonly ranSinceMs: number;
}

interface Hello {
  readonly client: string;
  readonly machine: number;
  readonly since?: { readonly epoch: string; readonly rev: number };
}

/** Does it tell what somebody else whispered? Whispers say whose they are (arena.ts); one that does not was not said by the machine. */
export const tellsOthers = (text: string, user: string): boolean =>
  [...text.matchAll(/taint [^ "]*(?: of (\w+);)?/g)].some(([, owner]) => owner !== user);

export class Watch {
  readonly link: Link;
  readonly user: string;
  readonly #truth: Truth;
  readonly #oracle: Oracle;
  readonly openedMs: number;
  hello: Hello | undefined;
  #isWelcome = false;
  #epoch = "";
  /** The client is at this rev once it has heard what was sent; undefined: a snapshot is on its way. */
  #rev: number | undefined;
  #lastUpMs: number;
  /** The rev of an `own` whose snapshot or delta has yet to come. */
  #own: number | undefined;
  #expiresAt = Infinity;
  #expiredMs: number | undefined;
  #fullMs: number | undefined;
  /** Its newest token was not accepted, monotonic ms. */
  deniedMs: number | undefined;
  tokens = 0;
  /** What its rate of commands has left, as SPEC CMD-4 has it. */
  #commands = 0;
  #commandsMs = 0;
  /** undefined: not known yet; infinite: no longer. */
  #decidedUpTo: number | undefined;

  constructor(link: Link, user: string, truth: Truth, oracle: Oracle) {
    this.link = link;
    this.user = user;
    this.#truth = truth;
    this.#oracle = oracle;
    this.openedMs = truth.clock.monotonic();
    this.#lastUpMs = this.openedMs;
    this.#commands = truth.limits.commandsBurst;
    this.#commandsMs = this.openedMs;
  }

  // --- what the client says, as the server hears it ------------------------------------------------------------------

  heard(text: string, take: () => void): void {
    this.signOfLife();
    if (text.startsWith('{"type":"hello"')) this.hello = (JSON.parse(text) as { payload: Hello }).payload;
    if (text.startsWith('{"type":"token"')) this.tokens++;
    // It says that some were lost: their numbers are skipped, and nothing is decided.
    if (text.startsWith('{"type":"settled"')) this.#decidedUpTo = Infinity;
    take();
    this.#lookAtRate();
  }

  /** By what was decided, not by what came: a busy room decides later, and refuses others for it. */
  #lookAtRate(): void {
    const { limits, clock } = this.#truth;
    const nowMs = clock.monotonic();
    const isNewest = this.#truth.welcomed.get(this.#client) === this;
    const lastSeq = isNewest ? this.#truth.lastSeq(this.user, this.hello?.client ?? "") : undefined;
    // When in the time since the last look it was decided is not known: as early as could be, so that all of it has grown again.
    this.#commands += ((nowMs - this.#commandsMs) * limits.commandsPerSecond) / 1_000;
    this.#commandsMs = nowMs;
    if (lastSeq === undefined)
      this.#decidedUpTo = undefined; // it is being loaded
    else {
      this.#commands -= Math.max(0, lastSeq - (this.#decidedUpTo ?? lastSeq));
      if (this.#decidedUpTo !== Infinity) this.#decidedUpTo = lastSeq;
    }
    if (this.#commands < -0.01) this.#violate("L11", "a command beyond the rate is decided");
    this.#commands = Math.min(limits.commandsBurst, this.#commands);
  }

  signOfLife(): void {
    this.#lastUpMs = this.#truth.clock.monotonic();
  }

  // --- what the server says ------------------------------------------------------------------------------------------

  said(text: string): void {
    const truth = this.#truth;
    this.#lookAtBacklog();
    if (truth.isSecret && tellsOthers(text, this.user) && !truth.seesSecrets(this.user))
      this.#violate("L8", `a secret: ${text.slice(0, 200)}`);
    const { type, payload } = JSON.parse(text) as { type: string; payload: Record<string, unknown> };
    if (!this.#isWelcome && type !== "welcome" && type !== "closing" && type !== "error") this.#violate("L6", `${type} before the welcome`);
    switch (type) {
      case "welcome":
        return this.#welcomed(payload as never);
      case "renewed":
        this.#expiresAt = Number(payload["expiresAt"] ?? Infinity);
        return;
      case "snapshot": {
        const { epoch, rev, part = 1, parts = 1 } = payload as { epoch: string; rev: number; part?: number; parts?: number };
        this.#epoch = epoch;
        this.#rev = part === parts ? rev : undefined;
        this.#ownIsOf(epoch);
        return this.#oracle.mustBeDurable(epoch, rev, type);
      }
      case "own": {
        const { rev, acks = [] } = payload as { rev: number; acks?: number[] };
        for (const seq of acks) if (seq > this.#lastSeq()) this.#violate("L4", `that its command ${seq} took effect, which is not decided`);
        this.#own = rev; // of which epoch, what it comes before will say
        return;
      }
      case "delta":
        this.#ownIsOf(this.#epoch);
        return this.#moved(payload as never);
      case "refused":
        return this.#refused(payload as never);
      case "presence":
        return this.#present(payload as never);
      case "pong":
        if (this.#rev !== undefined && this.link.bufferedBytes === 0 && payload["rev"] !== this.#rev)
          this.#violate("L6", `a pong of rev ${payload["rev"]}, where the deltas are at ${this.#rev}`);
    }
  }

  /** SPEC WEL-2: each outcome of a resume has its name. */
  #welcomed(welcome: {
    epoch: string;
    rev: number;
    mode: string;
    recovered: string;
    expiresAt?: number;
    refused: { seq: number }[];
  }): void {
    const { epoch, rev, mode, recovered, refused } = welcome;
    for (const one of refused) this.#refused(one);
    const { isSecret, limits } = this.#truth;
    const { machine, since } = this.hello ?? { machine: 0, since: undefined };
    this.#isWelcome = true;
    this.#truth.welcomed.set(this.#client, this);
    this.#fullMs = undefined; // answers to what it said too early
    this.#epoch = epoch;
    this.#rev = recovered === "resumed" ? since?.rev : undefined;
    this.#expiresAt = welcome.expiresAt ?? Infinity;
    this.#oracle.mustBeDurable(epoch, rev, "welcome");
    const isOther = machine !== this.#truth.version();
    const isProjected = isSecret || isOther;
    if (mode !== (isProjected ? "patches" : "events")) this.#violate("L7", `mode ${mode} for version ${machine}`);
    const expected = (): string => {
      if (since === undefined) return "first";
      if (since.epoch !== epoch) return "otherEpoch";
      if (since.rev > rev) return "ahead";
      // Which states of a view it was shown, and are kept, only the server knows; what it says must lead to the right state.
      if (isProjected) return recovered === "resumed" ? "resumed" : isOther ? "version" : "view";
      return rev - since.rev > limits.ringOpsMax || !this.#truth.isOfThisVersion(since.rev) ? "beyondRing" : "resumed";
    };
    if (recovered !== expected()) this.#violate("L6", `recovered: ${recovered}, where it should be ${expected()}`);
  }

  #ownIsOf(epoch: string): void {
    if (this.#own !== undefined) this.#oracle.mustBeDurable(epoch, this.#own, "own");
    this.#own = undefined;
  }

  #moved(delta: {
    from: number;
    to: number;
    at: number;
    ops?: [who: number, seq: number, event: unknown, dt?: number][];
    acked?: number;
  }): void {
    const { from, to, at, ops = [], acked = 0 } = delta;
    if (acked > this.#lastSeq())
      this.#violate("L4", `that its commands up to ${acked} have their fate, and ${this.#lastSeq()} is the last that was decided`);
    if (from !== this.#rev) this.#violate("L6", `a delta from rev ${from} follows rev ${this.#rev}`);
    this.#rev = to;
    if (to > from) {
      this.#oracle.mustBeDurable(this.#epoch, to, "delta");
      const { clock, limits } = this.#truth;
      // Two sweeps: one has to see it, and may be the one that runs just now.
      if (this.#fullMs !== undefined && clock.monotonic() - Math.max(this.#fullMs, this.#truth.ranSinceMs) > 2.5 * limits.sweepEveryMs)
        this.#violate("L11", "a delta, though it does not read");
    }
    let time = at;
    ops.forEach(([who, seq, event, dt = 0], i) => {
      time += dt;
      this.#oracle.opTold(this.#epoch, from + 1 + i, JSON.stringify([who, seq, time, event]));
    });
  }

  /** The same as the first time, however often (SPEC REF-1). */
  #refused(refusal: { seq: number }): void {
    this.#oracle.refused(this.user, this.hello?.client ?? "", refusal.seq, JSON.stringify(refusal));
  }

  /** Each person's presence is a number of their own (run.ts): nobody else's may come under their name. */
  #present({ set }: { set: [number, { x: number }][] }): void {
    for (const [who, { x }] of set) {
      const user = this.#truth.userOf(who);
      if (user === undefined) this.#violate("L14", `presence of ${who}, who is not here`);
      else if (user !== `u${Math.floor(x / 100)}`) this.#violate("L9", `${user} is shown with the presence of another: ${x}`);
    }
  }

  /** The server closes it. */
  closed(code: number): void {
    const { clock, limits } = this.#truth;
    const silentMs = clock.monotonic() - this.#lastUpMs;
    if (code === 4411 && silentMs < limits.pongTimeoutMs) this.#violate("L6", `closed for silence, ${silentMs} ms after it spoke`);
  }

  // --- at every step -------------------------------------------------------------------------------------------------

  check(): void {
    if (this.link.isOver) return;
    const { clock, limits, ranSinceMs } = this.#truth;
    const nowMs = clock.monotonic();
    const patienceMs = 2.5 * limits.sweepEveryMs;
    const isLate = (sinceMs: number | undefined, ms: number) => sinceMs !== undefined && nowMs - Math.max(sinceMs, ranSinceMs) > ms;
    this.#expiredMs = this.#expiresAt <= this.#truth.wall() ? (this.#expiredMs ?? nowMs) : undefined;
    if (isLate(this.#expiredMs, patienceMs)) this.#violate("L9", "its sign-in has expired, and it is still connected");
    if (isLate(this.deniedMs, patienceMs)) this.#violate("L9", "its token was not accepted, and it is still connected");
    this.#lookAtBacklog();
    this.#lookAtRate();
    if (this.#isWelcome && isLate(this.#fullMs, limits.lagMsMax + patienceMs))
      this.#violate("L11", "it does not read, and is never cut off");
    if (!this.#isWelcome && this.hello === undefined && isLate(this.openedMs, limits.helloTimeoutMs + patienceMs))
      this.#violate("L11", "it says no hello, and is never cut off");
    if (isLate(this.#lastUpMs, limits.pingEveryMs + limits.pongTimeoutMs + patienceMs))
      this.#violate("L14", "it is silent, and is never cut off");
  }

  #lookAtBacklog(): void {
    const { clock, limits } = this.#truth;
    this.#fullMs = this.link.bufferedBytes > limits.lagBufferedBytesMax ? (this.#fullMs ?? clock.monotonic()) : undefined;
  }

  get #client(): string {
    return `${this.user} ${this.hello?.client}`;
  }

  #lastSeq(): number {
    return this.#truth.lastSeq(this.user, this.hello?.client ?? "") ?? Infinity;
  }

  #violate(law: string, what: string): void {
    this.#oracle.violate(law, `${this.user} is sent ${what}`.replace("is sent it", "is served: it"));
  }
}
