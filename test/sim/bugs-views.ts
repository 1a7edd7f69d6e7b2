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
    seed: 40,
  },
  {
    name: "patches lead on from a later state",
    file: "src/sync/projection.ts",
    find: "this.#shown.findLast((shown) => shown.rev === rev)",
    replace: "(rev > 0 ? this.#shown.at(-1) : undefined)",
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
    name: "a key that is gone is not patched away",
    file: "src/protocol/diff.ts",
    find: 'for (const key of old) if (!has(after, key)) patches.push({ op: "remove", path: below(path, key) });',
    replace: "",
    seed: 1,
  },
];
