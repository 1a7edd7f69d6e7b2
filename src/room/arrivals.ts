/**
 * From a hello to a welcome: is this client known, does the machine let it in, and what does it get, delta or snapshot?
 * From: the gateway, with an authenticated hello. To: the owner, here (`admit`) or on another node, then room-sessions.ts.
 */
import { closeCodes } from "../protocol/codes.ts";
import { encodeClosing, encodeError, encodeWelcome, type RefusedFrame, type Welcome } from "../protocol/frames.ts";
import type { Hello } from "../protocol/messages.ts";
import { decideResume } from "../sync/resume.ts";
import { type Identity, none, type Session, type Socket } from "../sync/session.ts";
import type { Owner } from "./owner.ts";
import type { Room } from "./room.ts";
import type { Sender } from "./sender.ts";
import type { RefusedVerdict } from "./verdict.ts";

/** A hello whose sender is known. */
export interface Arrival {
  readonly identity: Identity;
  /** When its sign-in ends, ms since the Unix epoch; `undefined`: never. */
  readonly expiresAt: number | undefined;
  readonly hello: Hello;
  readonly socket: Socket;
  /** Proven to be the client that it says it is: it showed the secret that only that client got. */
  readonly proven: boolean;
  /** For this client's next hello. */
  readonly resumeSecret: string;
  readonly onSession: (session: Session) => void;
  /** Its socket has closed while another node was asked. */
  readonly isGone: () => boolean;
}

/** What the owner has to know of one, on whichever node it is. */
export interface Joining {
  readonly identity: Identity;
  readonly client: string;
  readonly proven: boolean;
  readonly nextSeq: number;
  /** Everything below it has its fate, as far as the client knows. */
  readonly openSeq: number;
}

/** Why somebody cannot come in. With `refusal` the machine said so, else `retryAfterMs` may say when to try again. */
export interface TurnedAway {
  readonly ok: false;
  readonly code: keyof typeof closeOf;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly refusal?: Pick<RefusedVerdict, "code" | "guard">;
}

export interface Admitted {
  readonly ok: true;
  readonly who: number;
  /** The client's place in the room, if it has one: this arrival takes it over. */
  readonly known: Sender | undefined;
  /** Since the last load, or by the journal, everything about its commands is known. */
  readonly fatesKnown: boolean;
}

/** What became of a client's commands, as of a commit. `acked` null: no longer known. */
export interface Fate {
  readonly acked: number;
  readonly toldAll: boolean;
  readonly refused: readonly RefusedFrame[];
}

export const joiningOf = ({ identity, hello, proven }: Arrival): Joining => ({
  identity,
  client: hello.client,
  proven,
  nextSeq: hello.nextSeq,
  openSeq: Math.min(hello.nextSeq, hello.openSeq ?? hello.nextSeq),
});

/** Decides the join before it returns; the welcome follows the commit (L3). Where another node decides, that one is asked. `isSure`: this one does. */
export function arrive(room: Room, arrival: Arrival, isSure = false): void {
  const { owner, sessions, cluster } = room;
  const { hello, socket, identity } = arrival;
  if (owner === undefined) {
    if (room.link !== undefined) return room.link.arrive(arrival);
    if (room.state === "quarantined") return turnAway(socket, saysStopped(room)); // then it is tried anew
    return turnAway(socket, cannotSave);
  }
  if (cluster !== undefined && !isSure && isAhead(room, hello)) {
    // Another node may decide by now, and this one be behind.
    const again = (isOurs: boolean) => (isOurs ? arrive(room, arrival, true) : turnAway(socket, cannotSave));
    return void cluster.verify().then((isOurs) => arrival.isGone() || again(isOurs));
  }
  const joining = joiningOf(arrival);
  const admitted = admit(room, owner, joining);
  if (!admitted.ok) return turnAway(socket, admitted);
  let session = sessions.find(identity.user, hello.client);
  if (session === undefined) {
    session = sessions.add(identity, hello.client, admitted.who, hello.machine);
    session.socket = socket;
    if (admitted.known !== undefined) room.places?.moveHere(admitted.known);
  } else if (!takeSocket(room, session, socket)) owner.mark(session, "back");
  sessions.setAudience(session, hello.machine);
  arrival.onSession(session);
  const welcomed = session;
  const fate = settle(owner, joining, admitted.fatesKnown);
  welcomed.owed = none;
  owner.afterCommit({
    run: () => {
      welcomed.ackedSeq = Math.max(welcomed.ackedSeq, fate.acked); // not before: what is not durable is not acknowledged
      if (welcomed.socket === socket) welcome(room, welcomed, arrival, fate);
    },
    fail: () => {
      if (welcomed.socket === socket) turnAway(socket, cannotSave);
    },
  });
  room.checkOccupied();
}

const isAhead = ({ feed }: Room, { since }: Hello): boolean =>
  feed !== undefined && since !== undefined && since.epoch === feed.epoch && since.rev > feed.rev;

/** The owner's half: a place in the room for this client, or why not. */
export function admit(room: Room, owner: Owner, { identity, client, proven }: Joining): Admitted | TurnedAway {
  const { sessions, places, options } = room;
  const { user, name, role } = identity;
  let known: Sender | undefined = sessions.find(user, client) ?? places?.find(user, client);
  // Before the join, which begins a client's fates.
  const fatesKnown = owner.lastSeq(user, client) !== undefined;
  const isKnown = fatesKnown || known !== undefined;
  if (isKnown ? !proven : owner.isOthers(user, client))
    return {
      ok: false,
      code: "ALREADY_EXISTS",
      reason: "This client id is taken. Come back with its resume secret, or with another id.",
    };
  if (known !== undefined && (known.identity.role !== role || known.identity.name !== name || known.state === "new")) {
    known.end("ABORTED", "replaced", "Your role or name changed; this connection starts anew.");
    known = undefined;
  }
  if (known !== undefined) return { ok: true, who: known.who, known, fatesKnown };
  if (sessions.size + (places?.size ?? 0) >= options.limits.clientsMax)
    return { ok: false, code: "RESOURCE_EXHAUSTED", reason: "This room is full.", retryAfterMs: 5_000 };
  const joined = owner.join(identity, client);
  return joined.ok ? { ok: true, who: joined.who, known, fatesKnown } : refused(room, owner, identity, client, joined.refusal);
}

/** As of what is decided now: tell it once that is durable. */
export function settle(owner: Owner, { identity: { user }, client, nextSeq, openSeq }: Joining, wereKnown: boolean): Fate {
  const toldAll = (wereKnown || nextSeq === 1) && !owner.isUnknown(user, client, openSeq);
  if (toldAll) owner.settle(user, client, openSeq);
  else owner.forgotten(user, client, nextSeq);
  return { acked: owner.lastSeq(user, client) ?? 0, toldAll, refused: owner.refusalsAfter(user, client, openSeq - 1) };
}

/** Its newer socket takes the place of the one it has. False: it had none. */
export function takeSocket(room: Room, session: Session, socket: Socket): boolean {
  const old = session.socket;
  if (old !== undefined) {
    session.changingSocket = true;
    session.edge({ type: "lost" });
    session.changingSocket = false;
    replaced(old);
    room.options.count("replaced");
  }
  session.socket = socket;
  session.snapshotsSinceLive = 0;
  session.awaitingSeq = false;
  return old !== undefined;
}

export function replaced(old: Socket): void {
  old.send(encodeClosing("ABORTED", "This client has a newer connection."));
  old.close(closeCodes.replaced, "replaced");
}

export function welcome(room: Room, session: Session, arrival: Arrival, { acked, toldAll, refused }: Fate): void {
  const { hello, resumeSecret, expiresAt } = arrival;
  const { feed, options } = room;
  if (feed === undefined) throw new Error("a welcome before the room serves");
  const { limits, count } = options;
  const { sameVersion, projected } = session.audience;
  const patchable = projected ? (rev: number) => feed.canPatch(session, rev) : undefined;
  const decided = decideResume(
    { since: hello.since, patchable, sameVersion },
    { epoch: feed.epoch, rev: feed.rev, inRing: (rev) => room.isOfThisVersion(rev) && feed.ring.since(rev) !== undefined },
  );
  if (decided.recovered === "ahead" && room.link !== undefined) return turnAway(arrival.socket, cannotSave); // so its owner is behind
  if (decided.recovered === "ahead")
    room.alarm("ahead", `a client has rev ${hello.since?.rev}, this log ends at ${feed.rev}: history may have been lost`);
  count(`resume.${decided.recovered}`);
  const { user, role } = session.identity;
  const frame: Welcome = {
    session: session.id,
    resume: resumeSecret,
    user,
    role: room.roleOf(user, role),
    who: session.who,
    epoch: feed.epoch,
    rev: feed.rev,
    mode: projected ? "patches" : "events",
    recovered: decided.recovered,
    acked: toldAll ? acked : null,
    refused,
    heartbeat: { pingEveryMs: limits.pingEveryMs, pongTimeoutMs: limits.pongTimeoutMs, graceMs: limits.graceMs },
    windowMs: { min: limits.broadcastWindowMinMs, max: limits.broadcastWindowMaxMs },
    limits: {
      frameBytesMax: limits.frameBytesMax,
      commandBytesMax: limits.commandBytesMax,
      commandsPerSecond: limits.commandsPerSecond,
      presencePerSecond: limits.presencePerSecond,
      pendingMax: limits.refusalsPerClientMax,
    },
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  session.send(encodeWelcome(frame));
  session.sentRev = decided.kind === "delta" ? decided.from : feed.rev;
  if (decided.kind === "snapshot") session.snapshotReason = decided.recovered;
  if (room.cluster !== undefined) room.sessions.setPresence(session, null); // what it said last, on another node, must not stay
  session.edge({ type: "join", by: decided.kind });
  if (hello.presence === undefined) return;
  const problem = room.ingress.presence(session, hello.presence, Buffer.byteLength(JSON.stringify(hello.presence)));
  if (problem !== undefined) session.send(encodeError("INVALID_ARGUMENT", problem));
}

function refused(room: Room, owner: Owner, { user, name, role }: Identity, client: string, refusal: RefusedVerdict): TurnedAway {
  const { code, reason, guard } = refusal;
  room.options.count("joinsRefused");
  const event = { type: "participant.joined", user, name, role, client };
  const by = { user, role: owner.roleOf(user, role), client };
  room.options.watch?.watcher?.refused(room, { ...refusal, seq: 0, rev: owner.rev, by, event });
  return { ok: false, code: "PERMISSION_DENIED", reason, refusal: { code, ...(guard === undefined ? {} : { guard }) } };
}

export const cannotSave: TurnedAway = {
  ok: false,
  code: "UNAVAILABLE",
  reason: "This room cannot save right now.",
  retryAfterMs: 1_000,
};

const saysStopped = ({ stoppedBecause, stoppedMs }: Room): TurnedAway => ({
  ok: false,
  code: "UNAVAILABLE",
  reason: stoppedBecause,
  retryAfterMs: stoppedMs,
});

const closeOf = {
  ALREADY_EXISTS: closeCodes.refused,
  PERMISSION_DENIED: closeCodes.refused,
  UNAVAILABLE: closeCodes.restart,
  RESOURCE_EXHAUSTED: closeCodes.tooMany,
};

export function turnAway(socket: Socket, { code, reason, retryAfterMs, refusal }: TurnedAway): void {
  const said = refusal === undefined ? {} : { refusal: refusal.code, ...(refusal.guard === undefined ? {} : { guard: refusal.guard }) };
  socket.send(encodeClosing(code, reason, { ...said, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }));
  socket.close(closeOf[code], reason.slice(0, 100));
}
