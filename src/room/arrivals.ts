/**
 * From a hello to a welcome: is this client known, does the machine let it in, and what does it get, delta or snapshot?
 * From: the gateway, with an authenticated hello. To: room-sessions.ts (the session) and the owner (the join).
 */
import { closeCodes } from "../protocol/codes.ts";
import { encodeClosing, encodeError, encodeWelcome, type RefusedFrame, type Welcome } from "../protocol/frames.ts";
import type { Hello } from "../protocol/messages.ts";
import { decideResume } from "../sync/resume.ts";
import type { Identity, Session, Socket } from "../sync/session.ts";
import type { Owner } from "./owner.ts";
import type { Room } from "./room.ts";
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
}

/** Decides the join before it returns; the welcome follows the commit (L3). */
export function arrive(room: Room, arrival: Arrival): void {
  const { identity, hello, socket, proven } = arrival;
  const { owner, sessions, options } = room;
  if (owner === undefined) {
    if (room.state === "quarantined") return turnAway(socket, "UNAVAILABLE", room.stoppedBecause, options.limits.faultBackoffMaxMs); // then it is tried anew
    return turnAway(socket, "UNAVAILABLE", "This room cannot save right now.", 1_000);
  }
  let session = sessions.find(identity.user, hello.client);
  // Before the join, which begins a client's fates.
  const fatesKnown = owner.lastSeq(identity.user, hello.client) !== undefined;
  const isKnown = fatesKnown || session !== undefined;
  if (isKnown ? !proven : owner.isOthers(identity.user, hello.client))
    return turnAway(socket, "ALREADY_EXISTS", "This client id is taken. Come back with its resume secret, or with another id.");
  if (
    session !== undefined &&
    (session.identity.role !== identity.role || session.identity.name !== identity.name || session.state === "new")
  ) {
    sessions.end(session, "ABORTED", "replaced", "Your role or name changed; this connection starts anew.");
    session = undefined;
  }
  if (session !== undefined) takeOver(room, owner, session, socket);
  else {
    if (sessions.size >= options.limits.clientsMax) return turnAway(socket, "RESOURCE_EXHAUSTED", "This room is full.", 5_000);
    const joined = owner.join(identity, hello.client);
    if (!joined.ok) return refuse(room, owner, arrival, joined.refusal);
    session = sessions.add(identity, hello.client, joined.who, hello.machine);
    session.socket = socket;
  }
  sessions.setAudience(session, hello.machine);
  arrival.onSession(session);
  welcomeAfterCommit(room, owner, session, arrival, fatesKnown || hello.nextSeq === 1);
  room.checkOccupied();
}

function takeOver(room: Room, owner: Owner, session: Session, socket: Socket): void {
  const old = session.socket;
  if (old !== undefined) {
    session.changingSocket = true;
    session.edge({ type: "lost" });
    session.changingSocket = false;
    old.send(encodeClosing("ABORTED", "This client has a newer connection."));
    old.close(closeCodes.replaced, "replaced");
    room.options.count("replaced");
  } else owner.mark(session.who, "back");
  session.socket = socket;
  session.snapshotsSinceLive = 0;
  session.awaitingSeq = false;
}

function welcomeAfterCommit(room: Room, owner: Owner, session: Session, arrival: Arrival, fatesKnown: boolean): void {
  const { hello, socket } = arrival;
  const { user } = session.identity;
  const openSeq = Math.min(hello.nextSeq, hello.openSeq ?? hello.nextSeq);
  const toldAll = fatesKnown && !owner.isUnknown(user, hello.client, openSeq);
  if (toldAll) owner.settle(user, hello.client, openSeq);
  else owner.forgotten(user, hello.client, hello.nextSeq);
  const acked = owner.lastSeq(user, hello.client) ?? 0;
  const refused = owner.refusalsAfter(user, hello.client, openSeq - 1);
  session.owed = [];
  owner.afterCommit({
    run: () => {
      session.ackedSeq = Math.max(session.ackedSeq, acked); // not before: what is not durable is not acknowledged
      if (session.socket === socket) welcome(room, session, arrival, toldAll ? acked : null, refused);
    },
    fail: () => {
      if (session.socket === socket) turnAway(socket, "UNAVAILABLE", "This room cannot save right now.", 1_000);
    },
  });
}

function welcome(room: Room, session: Session, arrival: Arrival, acked: number | null, refused: readonly RefusedFrame[]): void {
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
  if (decided.recovered === "ahead")
    room.alarm("ahead", `a client has rev ${hello.since?.rev}, this log ends at ${feed.rev}: history may have been lost`);
  count(`resume.${decided.recovered}`);
  const { user, role } = session.identity;
  const frame: Welcome = {
    session: session.id,
    resume: resumeSecret,
    user,
    role: room.owner?.roleOf(user, role) ?? role,
    who: session.who,
    epoch: feed.epoch,
    rev: feed.rev,
    mode: projected ? "patches" : "events",
    recovered: decided.recovered,
    acked,
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
  session.edge({ type: "join", by: decided.kind });
  if (hello.presence === undefined) return;
  const problem = room.ingress.presence(session, hello.presence, Buffer.byteLength(JSON.stringify(hello.presence)));
  if (problem !== undefined) session.send(encodeError("INVALID_ARGUMENT", problem));
}

function refuse(room: Room, owner: Owner, { identity, hello, socket }: Arrival, refusal: RefusedVerdict): void {
  const { code, reason, guard } = refusal;
  room.options.count("joinsRefused");
  const { user, name, role } = identity;
  const { client } = hello;
  const event = { type: "participant.joined", user, name, role, client };
  const by = { user, role: owner.roleOf(user, role), client };
  room.options.watch?.watcher?.refused(room, { ...refusal, seq: 0, rev: owner.rev, by, event });
  socket.send(encodeClosing("PERMISSION_DENIED", reason, { refusal: code, ...(guard === undefined ? {} : { guard }) }));
  socket.close(closeCodes.refused, reason.slice(0, 100));
}

const closeOf = {
  ALREADY_EXISTS: closeCodes.refused,
  UNAVAILABLE: closeCodes.restart,
  RESOURCE_EXHAUSTED: closeCodes.tooMany,
};

function turnAway(socket: Socket, code: keyof typeof closeOf, reason: string, retryAfterMs?: number): void {
  socket.send(encodeClosing(code, reason, retryAfterMs === undefined ? {} : { retryAfterMs }));
  socket.close(closeOf[code], reason.slice(0, 100));
}
