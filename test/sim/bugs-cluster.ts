/** Planted bugs of rooms on several nodes: see bugs.ts. */
import type { Bug } from "./bugs.ts";

const nodes = 3;

export const clusterBugs: readonly Bug[] = [
  {
    name: "an append does not look whether the log moved",
    file: "test/support/shared-log-journal.ts",
    find: "const answer = this.#isLast(room, tail) ? await this.#inner.append(room, cursor, batch) : conflict;",
    replace: `const head = this.#log.store.get(room)?.head ?? 0;
        const entries = batch.entries.map(({ data }, i) => ({ rev: head + 1 + i, data }));
        const answer = await this.#inner.append(room, { ...cursor, rev: head }, { ...batch, entries });`,
    nodes,
    seed: 5,
  },
  {
    name: "the next owner does not read the log for fates",
    file: "src/room/load.ts",
    find: "    fates.apply(op);\n",
    replace: "",
    nodes,
    seed: 21,
  },
  {
    name: "an owner tells what the log did not take",
    file: "src/room/room.ts",
    find: 'if (!appended.ok) return this.#fault("conflict", "another writer appended to this room\'s log");',
    replace: "if (!appended.ok) return this.#applied(owner, batch, entries);",
    nodes,
    seed: 25,
  },
  {
    name: "an owner takes a time-out for a yes",
    file: "src/room/room.ts",
    find: 'if (!isAppended(appended)) return this.#fault("journal", "the journal did not take an append; its outcome is unknown", appended);',
    replace: "if (!isAppended(appended)) return this.#applied(owner, batch, entries);",
    nodes,
    seed: 1,
  },
  {
    name: "a follower skips what it missed",
    file: "src/journal/follower.ts",
    find: "const follows = this.#reading === undefined && message !== undefined && seen?.id !== undefined && message.prev === seen.seq;",
    replace: `const follows = this.#reading === undefined && message !== undefined && seen?.id !== undefined;
    if (follows && message.prev !== seen.seq) this.#rev = message.rev - message.count;`,
    nodes,
    seed: 1,
  },
  {
    name: "an owner's answers do not wait for the ops that they tell of",
    file: "src/cluster/owner-link.ts",
    find: "next !== undefined && next.rev <= rev && !this.#isClosed;",
    replace: "next !== undefined && !this.#isClosed;",
    nodes,
    seed: 24,
  },
  {
    name: "a node keeps the session of a client that went to another one",
    file: "src/cluster/places.ts",
    find: "    place.ackedSeq = (session ?? before)?.ackedSeq ?? 0;\n    if (session !== undefined) sessions.giveUp(session);",
    replace: "    place.ackedSeq = (session ?? before)?.ackedSeq ?? 0;",
    nodes,
    seed: 2,
  },
  {
    name: "the next owner is not told which refusals were told",
    file: "src/cluster/owner-link.ts",
    find: "const attached = { identity, client, ackedSeq, told, connected",
    replace: "const attached = { identity, client, ackedSeq, told: told.slice(0, 0), connected",
    nodes,
    seed: 91,
  },
  {
    name: "who goes to another node leaves",
    file: "src/room/room-sessions.ts",
    find: "    session.isElsewhere = true;\n    session.edge",
    replace: "    session.edge",
    nodes,
    seed: 1,
  },
  {
    name: "a place is kept when its client comes to the owner's node",
    file: "src/room/arrivals.ts",
    find: "    if (admitted.known !== undefined) room.places?.moveHere(admitted.known);\n",
    replace: "",
    nodes,
    seed: 2,
  },
  {
    name: "a loss between two nodes is not noticed",
    file: "src/cluster/numbers.ts",
    find: 'return isNext ? "next" : "early";',
    replace: 'return isNext || number > 0 ? "next" : "early";',
    nodes,
    seed: 52,
  },
  {
    name: "a claim leaves no mark in the log",
    file: "test/support/shared-log-journal.ts",
    find: "last: isOurs && left === undefined ? last : this.#log.write(room, this.node, epoch, rev, [])",
    replace: "last: last === undefined ? this.#log.write(room, this.node, epoch, rev, []) : { ...last, writer: this.node }",
    nodes,
    seed: 93,
  },
];
