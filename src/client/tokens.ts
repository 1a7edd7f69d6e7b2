/** The token that the server's sign-in wants: asked for at each connect, and renewed in time where it expires and the app gave a function. */
import type { Clock } from "../clock.ts";
import type { Link } from "./link.ts";

export type Token = string | (() => string | undefined | Promise<string | undefined>);

/** Of the time that is left, so that a slow sign-in is still in time. */
const renewAfterShare = 0.8;
const retryMs = 5_000;
/** Also where this device's clock is wrong. */
const renewMsMin = 100;

export class Tokens {
  #token: Token | undefined;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #onTrouble: (error: unknown) => void;
  #cancel: (() => void) | undefined;
  /** The server was given it last. */
  #told: string | undefined;

  constructor(token: Token | undefined, clock: Clock, link: Link, onTrouble: (error: unknown) => void) {
    this.#token = token;
    this.#clock = clock;
    this.#link = link;
    this.#onTrouble = onTrouble;
  }

  /** A new one can be had without the user. */
  get canRenew(): boolean {
    return typeof this.#token === "function";
  }

  async current(): Promise<string | undefined> {
    this.#told = typeof this.#token === "function" ? await this.#token() : this.#token;
    return this.#told;
  }

  set(token: string): void {
    this.#token = token;
    this.#tell(token);
  }

  /** The server took one. `expiresAt` and `now` are of the server's clock, ms since the Unix epoch. */
  accepted(expiresAt: number | undefined, now: number): void {
    this.stop();
    // Given since the hello.
    if (typeof this.#token === "string" && this.#token !== this.#told) this.#tell(this.#token);
    if (expiresAt !== undefined && this.canRenew) this.#renewIn(Math.max(renewMsMin, (expiresAt - now) * renewAfterShare));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(token: string): void {
    if (this.#link.isJoined && this.#link.send("token", { token })) this.#told = token;
  }

  #renewIn(ms: number): void {
    this.#cancel = this.#clock.setTimer(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    this.#cancel = undefined;
    try {
      const token = await this.current();
      if (token !== undefined) this.#tell(token);
    } catch (error) {
      this.#onTrouble(error);
      if (this.#cancel === undefined && this.#link.isJoined) this.#renewIn(retryMs);
    }
  }
}
