/**
 * Planted bugs: what a tired engineer could write. Each is a change of one place of the real code, made while it is loaded and nowhere else, so that
 * nothing of them is in the product. The simulator has to find every one (sim.test.ts).
 */
export interface Bug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The first seed that finds it, with 200 commands a run, or one of the next ones. */
  readonly seed: number;
}

export const bugs: readonly Bug[] = [
  {
    name: "no dedup: a command that comes again is decided again",
    file: "src/room/ingress.ts",
    find: "if (seq <= last) return this.#tellAgain(session, seq, owner);",
    replace: "if (seq <= last) { owner.command(session.who, seq, input); return; }",
    seed: 6,
  },
  {
    name: "dedup is forgotten at a restart",
    file: "src/room/fates.ts",
    find: "fate.lastSeq = Math.max(fate.lastSeq, op.seq);",
    replace:
      "if (op.rev > 40 && op.rev % 7 === 0) fate.lastSeq = Math.max(fate.lastSeq, op.seq - 1); else fate.lastSeq = Math.max(fate.lastSeq, op.seq);",
    seed: 1,
  },
  {
    name: "ops are told before the append returns",
    file: "src/room/room.ts",
    find: "const appended = await journal.append(",
    replace:
      "if (this.#feed !== undefined) this.#tell(this.#feed, { ops: batch.encoded, cues: batch.cues }, batch.state);\n        const appended = await journal.append(",
    seed: 1,
  },
  {
    name: "a failed append counts as done",
    file: "src/room/room.ts",
    find: 'if (!isAppended(appended)) return this.#fault("journal", "the journal did not take an append; its outcome is unknown", appended);',
    replace: "if (!isAppended(appended)) { this.#applied(owner, batch); return; }",
    seed: 1,
  },
  {
    name: "refusals do not wait for what they depend on",
    file: "src/room/ingress.ts",
    find: "owner.afterCommit({ run: () => sessions.tellRefusal(session, refused), fail: () => undefined });\n  }\n\n  /** Up to",
    replace: "sessions.tellRefusal(session, refused);\n  }\n\n  /** Up to",
    seed: 22,
  },
  {
    name: "the client skips the gap check",
    file: "src/client/replica.ts",
    find: 'if (frame.from !== this.rev) return frame.to <= this.rev ? "old" : "gap";',
    replace: 'if (frame.to <= this.rev && frame.from !== this.rev) return "old";',
    seed: 28,
  },
  {
    name: "a new joiner gets the snapshot of the batch before",
    file: "src/sync/feed.ts",
    find: "    this.#states = new Map();\n    this.#deltas = new Map();",
    replace: "    this.#deltas = new Map();",
    seed: 1,
  },
  {
    name: "a session that left stays in the roster",
    file: "src/room/room-sessions.ts",
    find: "    this.#room.owner?.leave(session.who);\n",
    replace: "    if (session.who !== 2) this.#room.owner?.leave(session.who);\n",
    seed: 1,
  },
  {
    name: "timers are lost at a restart",
    file: "src/room/hosted.ts",
    find: "if (this.#restored) for (const { id } of this.#state.timers.list()) this.#arm(id);",
    replace: "",
    seed: 1,
  },
  {
    name: "a refusal is forgotten when it was told",
    file: "src/room/fates.ts",
    find: "    this.#keep(fate, refused);\n    push(",
    replace: "    push(",
    seed: 18,
  },
  {
    name: "everyone is the host's audience",
    file: "src/room/audiences.ts",
    find: "this.#def.audience(viewer)",
    replace: 'this.#def.audience({ ...viewer, role: "host" })',
    seed: 1,
  },
  {
    name: "a restored client begins its numbers anew",
    file: "src/client/pending.ts",
    find: "    this.nextSeq = nextSeq;\n    for (const entry of own)",
    replace: "    this.nextSeq = 1 + stored.length;\n    for (const entry of own)",
    seed: 6,
  },
  {
    name: "refusals in the welcome are not read",
    file: "src/client/sync.ts",
    find: "for (const refused of welcome.refused) this.#refused(refused);",
    replace: "",
    seed: 7,
  },
  {
    name: "after a reload the room forgets which refusals it told",
    file: "src/room/owner.ts",
    find: "    this.#fates.raise(user, client, ackedSeq, now);",
    replace: "",
    seed: 109,
  },
  {
    name: "a server that fell silent is not noticed",
    file: "src/client/pulse.ts",
    find: "else if (now - this.#askedMs >= this.#pongTimeoutMs) return dead();",
    replace: "",
    seed: 60,
  },
  {
    name: "go-back-N: what follows a gap is decided all the same",
    file: "src/room/ingress.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    find: 'if (seq > last + 1) return this.askAgain(session, "OUT_OF_RANGE", `Expected seq ${last + 1}.`, last + 1);',
    replace: "",
    seed: 9,
  },
  {
    name: "the mark beside the journal is not read",
    file: "src/journal/sqlite-log.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    find: "const marked = Mark.read(`${path}.mark`);",
    replace: "const marked: ReturnType<typeof Mark.read> = undefined as never;",
    seed: 1,
  },
  {
    name: "services are not invoked again after a restart",
    file: "src/room/hosted.ts",
    find: "    this.#actor.start();\n",
    replace: "    if (!this.#restored) this.#actor.start();\n",
    seed: 1,
  },
  {
    name: "who is stamped by what the client's user was at first",
    file: "src/room/owner.ts",
    find: "    const { user, client } = entry;\n    const by = { user, role: this.roleOf(user, entry.role), client };\n    const refuse",
    replace:
      "    const { client } = entry;\n    const user = this.#roster.get(1)?.user ?? entry.user;\n    const by = { user, role: this.roleOf(user, entry.role), client };\n    const refuse",
    seed: 1,
  },
];
