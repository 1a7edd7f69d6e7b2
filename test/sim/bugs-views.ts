/** Planted bugs of views, patches and one's own: see bugs.ts. */
import type { Bug } from "./bugs.ts";

export const viewBugs: readonly Bug[] = [
  {
    name: "a patch is made once for all audiences",
    file: "src/sync/feed.ts",
    find: "this.#patches(from, audience, audience, more)",
    replace: "this.#patches(from, audience, [...this.#live.values()][0]?.audience ?? audience, more)",
    seed: 2,
  },
  {
    name: "what is one's own is told to others",
    file: "src/room/personal.ts",
    find: "this.#def.own?.(domain.snapshot, session.identity.user)",
    replace: 'this.#def.own?.(domain.snapshot, session.who === 2 ? "u1" : session.identity.user)',
    seed: 2,
  },
  {
    name: "one's own is not told over a new connection",
    file: "src/room/room-sessions.ts",
    find: "    session.own = undefined;\n",
    replace: "",
    seed: 50,
  },
  {
    name: "one's own that never left counts as told",
    file: "src/sync/feed.ts",
    find: "    if (session.outbox.length > 0) session.own = undefined; // it may be among what never left\n",
    replace: "",
    seed: 1,
  },
  {
    name: "what was shown of another audience is patched as if it were this one's",
    file: "src/sync/feed.ts",
    find: "rev >= shown.sinceRev && ",
    replace: "",
    seed: 1,
  },
  {
    name: "patches lead on from a later state",
    file: "src/sync/projection.ts",
    find: "this.#shown.findLast((shown) => shown.rev === rev)",
    replace: "this.#shown.find((shown) => shown.rev >= rev)",
    seed: 1,
  },
  {
    name: "a patched state shows one's own as hidden",
    file: "src/client/replica.ts",
    find: "overlaid(context, this.own)",
    replace: "context",
    seed: 2,
  },
  {
    name: "acknowledgements of a lost history are believed",
    file: "src/client/sync.ts",
    find: "    this.#own = undefined; // perhaps of another history; how far one's commands got is told after a snapshot\n",
    replace: "",
    seed: 1,
  },
  {
    name: "a key that is gone is not patched away",
    file: "src/protocol/diff.ts",
    find: 'for (const key of old) if (!has(after, key)) patches.push({ op: "remove", path: below(path, key) });',
    replace: "",
    seed: 1,
  },
];
