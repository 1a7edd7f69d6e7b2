/**
 * One WebSocket: what came in on it, its token buckets, and the session that it serves at the moment.
 * From: gateway/router.ts with checked payloads. To: the room. It never decides anything about the domain.
 */
import type { ServerWebSocket } from "bun";
import type { Clock } from "../clock.ts";
import { closeCodes, type ErrorCode } from "../protocol/codes.ts";
import { encodeClosing, encodeError, type SnapshotReason } from "../protocol/frames.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Hello } from "../protocol/messages.ts";
import { protocolVersion } from "../protocol/version.ts";
import { arrive } from "../room/arrivals.ts";
import type { Directory } from "../room/directory.ts";
import type { Room } from "../room/room.ts";
import type { Session, Socket } from "../sync/session.ts";
import type { Held } from "../sync/window.ts";
import type { Auth, ResumeSecrets } from "./auth.ts";
import { placeOf } from "./place.ts";
import { Rates } from "./rates.ts";
import { Renewals } from "./renewals.ts";
import { signIn } from "./sign-in.ts";
import type { Users } from "./users.ts";

/** As clients write it; any other is taken at once. */
const commandStart = '{"type":"command",';

export type ConnectionData = {
  readonly type: string;
  readonly id: string;
  readonly address: string;
  readonly request: Request;
  connection: Connection | undefined;
};

export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly auth: Auth;
  readonly secrets: ResumeSecrets;
  readonly directory: Directory;
  readonly count: (name: string, by?: number) => void;
  readonly onTrouble: (where: string, error: unknown) => void;
  readonly users: Users;
}

export class Connection implements Socket {
  readonly #ws: ServerWebSocket<ConnectionData>;
  readonly #host: ConnectionHost;
  #rates: Rates | undefined;
  #renewals: Renewals | undefined;
  readonly openedAtMs: number;
  /** The last sign of life, monotonic ms. */
  lastSeenMs: number;
  pingSentMs = 0;
  user: string | undefined;
  /** When its sign-in ends, on the wall clock. */
  expiresAt = Infinity;
  frameBytes = 0;
  #phase: "new" | "authenticating" | "joined" | "closed" = "new";
  #badFrames = 0;
  #held = 0;
  #heldPresence: { readonly state: unknown; readonly bytes: number } | undefined;
  #room: Room | undefined;
  #session: Session | undefined;

  constructor(ws: ServerWebSocket<ConnectionData>, host: ConnectionHost) {
    this.#ws = ws;
    this.#host = host;
    const now = host.clock.monotonic();
    this.openedAtMs = now;
    this.lastSeenMs = now;
  }

  get phase(): "new" | "authenticating" | "joined" | "closed" {
    return this.#phase;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  // --- Socket ------------------------------------------------------------------------------------------------------

  send(frame: string): boolean {
    if (this.#phase === "closed") return false;
    if (this.#ws.send(frame) !== 0) return true;
    this.#host.count("dropped");
    return false;
  }

  subscribe(topic: string): void {
    // A subscription after the close would stay for ever.
    if (this.#phase !== "closed") this.#ws.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    if (this.#phase !== "closed") this.#ws.unsubscribe(topic);
  }

  bufferedBytes(): number {
    return this.#phase === "closed" ? 0 : this.#ws.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#ws.close(code, reason);
  }

  /** For a peer that is gone: nothing is flushed. */
  terminate(): void {
    this.#phase = "closed";
    this.#ws.terminate();
  }

  ping(): void {
    this.#ws.ping();
  }

  // --- turns ---------------------------------------------------------------------------------------------------------

  /** A command of a busy room is looked at when it can go out, with the next flush; all else at once, and after what is held of this connection (L5). */
  inTurn(frame: string, take: Held): void {
    if (!frame.startsWith(commandStart) || !this.#hold(take, frame.length)) void this.#afterHeld(take);
  }

  /** Its socket has closed: what it said before that counts. */
  ended(end: () => void): void {
    void this.#afterHeld(end);
  }

  #hold(take: Held, chars: number): boolean {
    if (this.#room === undefined || this.#session?.socket !== this || this.#session.state === "new") return false;
    const isHeld = this.#room.hold(() => {
      this.#held--;
      return take();
    }, chars);
    if (isHeld) this.#held++;
    return isHeld;
  }

  #afterHeld(run: Held): void | Promise<void> {
    return this.#held === 0 || this.#room === undefined ? run() : this.#room.takeHeld().then(run);
  }

  // --- frames ------------------------------------------------------------------------------------------------------

  hello(hello: Hello): void {
    if (this.#phase !== "new") return this.refuse("FAILED_PRECONDITION", "hello was said already.");
    this.#phase = "authenticating";
    this.#enter(hello).catch((error: unknown) => {
      this.#host.onTrouble("hello", error);
      this.turnAway("INTERNAL", closeCodes.internal, "The server failed to take you in.", 1_000);
    });
  }

  otherProtocol(): void {
    if (this.#phase !== "new") return this.refuse("FAILED_PRECONDITION", "hello was said already.");
    this.turnAway("UNIMPLEMENTED", closeCodes.protocol, `This server speaks protocol ${protocolVersion}.`);
  }

  command(seq: number, event: { readonly type: string }): void {
    const joined = this.#joined();
    if (joined === undefined) return;
    const { session, room } = joined;
    const granted = this.rated("commands");
    if (granted !== true) {
      this.#host.count("rateLimited.command");
      if (seq === room.ingress.nextSeq(session))
        room.ingress.askAgain(session, "RESOURCE_EXHAUSTED", "Too many commands at once.", seq, granted.retryAfterMs);
      return;
    }
    room.ingress.command(session, seq, event, this.frameBytes);
  }

  /** Too often, it is ignored: the client says it again when it is asked again. */
  settled(seq: number): void {
    const joined = this.#joined();
    if (joined === undefined) return;
    if (this.rated("pings") !== true) return this.#host.count("rateLimited.settled");
    joined.room.ingress.settled(joined.session, seq);
  }

  presence(state: unknown): void {
    const joined = this.#joined();
    if (joined === undefined) return;
    this.#heldPresence = undefined;
    if (this.rated("presence") !== true) {
      this.#host.count("rateLimited.presence");
      // The last write wins, so the last one may wait, but not be lost.
      this.#heldPresence = { state, bytes: this.frameBytes };
      return;
    }
    this.#tellPresence(joined, state, this.frameBytes);
  }

  /** From the sweep. */
  tellHeldPresence(): void {
    const held = this.#heldPresence;
    if (held === undefined || this.#session?.socket !== this || this.#room === undefined) return;
    if (this.rated("presence") !== true) return;
    this.#heldPresence = undefined;
    this.#tellPresence({ session: this.#session, room: this.#room }, held.state, held.bytes);
  }

  #tellPresence({ session, room }: { readonly session: Session; readonly room: Room }, state: unknown, bytes: number): void {
    const problem = room.ingress.presence(session, state, bytes);
    if (problem !== undefined) this.refuse("INVALID_ARGUMENT", problem);
  }

  resync(reason: SnapshotReason): void {
    const joined = this.#joined();
    if (joined === undefined) return;
    this.#host.count(`resyncs.${reason}`);
    const granted = this.rated("resyncs");
    if (granted !== true) {
      this.#host.count("rateLimited.resync");
      return void this.send(encodeError("RESOURCE_EXHAUSTED", "Too many resyncs.", { retryAfterMs: granted.retryAfterMs }));
    }
    joined.room.ingress.resync(joined.session, reason);
  }

  pinged(rev: number): void {
    const joined = this.#joined();
    if (joined === undefined) return;
    if (this.rated("pings") !== true) return this.#host.count("rateLimited.ping");
    const problem = joined.room.ingress.ping(joined.session, rev);
    if (problem !== undefined) this.refuse("OUT_OF_RANGE", problem);
  }

  token(token: string): void {
    const { session, room } = this.#joined() ?? {};
    if (session === undefined || room === undefined) return;
    if (session.state === "new") return this.refuse("FAILED_PRECONDITION", "Wait for the welcome before a new token.");
    this.#renewals ??= new Renewals(this, this.#ws.data, this.#host);
    this.#renewals.take(token, session, room);
  }

  bye(): void {
    const { session, room } = this.#joined() ?? {};
    if (session !== undefined && room !== undefined) room.sessions.bye(session);
    this.close(closeCodes.bye, "bye");
  }

  /** Takes one of what it may do so often, or says when it may. */
  rated(of: Parameters<Rates["take"]>[0]): ReturnType<Rates["take"]> {
    const { clock, limits } = this.#host;
    this.#rates ??= new Rates();
    return this.#rates.take(of, this.#room?.options.limits ?? limits, clock.monotonic());
  }

  // --- trouble -----------------------------------------------------------------------------------------------------

  /** Bad input: told, counted, and without any effect. Whoever does nothing else is closed. */
  refuse(code: ErrorCode, message: string, issues?: readonly string[]): void {
    this.#host.count(`badFrames.${code}`);
    this.send(encodeError(code, message, issues === undefined ? {} : { issues }));
    if (++this.#badFrames > this.#host.limits.badFramesMax) this.turnAway("INVALID_ARGUMENT", closeCodes.policy, "Too many bad frames.");
  }

  turnAway(code: ErrorCode, close: number, reason: string, retryAfterMs?: number): void {
    this.send(encodeClosing(code, reason, retryAfterMs === undefined ? {} : { retryAfterMs }));
    this.close(close, reason.slice(0, 100));
  }

  drained(): void {
    if (this.#session !== undefined) this.#room?.sessions.drained(this.#session);
  }

  /** It did not answer: its session keeps its place for the grace, without this socket. */
  missedHeartbeat(): void {
    const session = this.#session;
    if (session !== undefined && session.socket === this) this.#room?.sessions.missedHeartbeat(session);
    this.terminate();
  }

  closed(): void {
    this.#phase = "closed";
    if (this.#session !== undefined) this.#room?.sessions.lost(this.#session, this);
  }

  async #enter(hello: Hello): Promise<void> {
    const { auth, clock, directory, secrets } = this.#host;
    const { type, id, request } = this.#ws.data;
    const place = placeOf(type, id, directory);
    const signedIn = await signIn(auth, { request, token: hello.token, client: hello.client }, place, clock);
    if (this.#isClosed()) return;
    if (!signedIn.ok) return this.turnAway(signedIn.code, signedIn.close, signedIn.reason);
    const { identity, expiresAt } = signedIn;
    const admitted = this.#host.users.admit(identity.user, clock.monotonic());
    if (!admitted.ok) {
      this.#host.count("rateLimited.join");
      return this.turnAway("RESOURCE_EXHAUSTED", closeCodes.tooMany, admitted.reason, admitted.retryAfterMs);
    }
    this.user = identity.user;
    this.expiresAt = expiresAt ?? Infinity;
    const running = directory.get(type, id);
    if (running === undefined) return this.turnAway("UNAVAILABLE", closeCodes.restart, "No more rooms can be opened now.", 5_000);
    this.#room = running;
    const proof = [running.name, identity.user, hello.client] as const;
    running.whenServing(() => {
      if (this.#isClosed()) return;
      arrive(running, {
        identity,
        expiresAt,
        hello,
        socket: this,
        proven: secrets.matches(hello.resume, ...proof),
        resumeSecret: secrets.of(...proof),
        isGone: () => this.#isClosed(),
        onSession: (session) => {
          this.#session = session;
          if (!this.#isClosed()) this.#phase = "joined";
        },
      });
    });
  }

  // A call, so that TypeScript does not take the phase from before an await for granted.
  #isClosed(): boolean {
    return this.#phase === "closed";
  }

  #joined(): { readonly session: Session; readonly room: Room } | undefined {
    if (this.#session !== undefined && this.#room !== undefined && this.#session.socket === this)
      return { session: this.#session, room: this.#room };
    if (this.#phase !== "closed") this.refuse("FAILED_PRECONDITION", "Say hello first, and wait for the welcome.");
    return undefined;
  }
}
