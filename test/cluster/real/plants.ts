/**
 * Nodes that are wrong on purpose: the controls, each of which the checks have to catch (controls.test.ts). As in test/sim/bugs.ts, a bug is a change of
 * the real code, made while it is loaded. From: node-child.ts, before it loads any of that.
 */
import { plant as plantIn } from "../../sim/plant.ts";
import type { FaultKind } from "./faults.ts";

export interface Control {
  readonly name: string;
  readonly file: string;
  readonly changes: readonly { readonly find: string; readonly replace: string }[];
  /** Nodes that it takes; one, if not said. */
  readonly nodes?: number;
  /** Faults that bring it out. */
  readonly faults: readonly FaultKind[];
  /** What the checks say of it then. */
  readonly caught: RegExp;
}

export const controls: readonly Control[] = [
  {
    name: "appends go anywhere, not after the message that the writer saw last",
    file: "src/journal/nats-log.ts",
    changes: [
      {
        find: "expect: { streamName: names.ops, lastSubjectSequence: meta.prev },",
        replace: "expect: { streamName: names.ops },",
      },
    ],
    faults: ["lastWords"],
    caught: /\[L1\]/,
  },
  {
    name: "whatever follows is taken for one's own append",
    file: "src/journal/nats-log.ts",
    changes: [{ find: "if (found.meta?.id === id) return found;", replace: "if (found.meta !== undefined) return found;" }],
    faults: ["usurp"],
    caught: /\[L4\]/,
  },
  {
    name: "silence is taken for failure, and the append is made again",
    file: "src/journal/nats-log.ts",
    changes: [
      {
        find: "const found = await this.#whatFollows(room, meta, failure);",
        replace: `const tail = isRefused(failure) ? undefined : await this.last(room);
          if (tail !== undefined) return this.append(room, tail.seq, head, body);
          const found = await this.#whatFollows(room, meta, failure);`,
      },
    ],
    faults: ["deafOwner"],
    caught: /\[L2\]/,
  },
  {
    name: "who takes over forgets which commands the log has",
    file: "src/room/load.ts",
    changes: [{ find: "    fates.apply(op);", replace: "" }],
    faults: ["killUnheard"],
    caught: /\[L2\]/,
  },
  {
    name: "who was the owner goes on, whatever the journal says",
    file: "src/room/room.ts",
    changes: [
      {
        find: 'if (!appended.ok) return this.#fault("conflict", "another writer appended to this room\'s log");',
        replace: "if (!appended.ok) { this.#applied(owner, batch, entries); return; }",
      },
    ],
    faults: ["usurp"],
    caught: /\[L4\]/,
  },
  {
    name: "a follower takes what comes for what comes next",
    file: "src/journal/follower.ts",
    changes: [
      {
        find: "const follows = this.#reading === undefined && message !== undefined && seen?.id !== undefined && message.prev === seen.seq;",
        replace: `const follows = this.#reading === undefined && message !== undefined && seen?.id !== undefined;
    if (follows) this.#rev = message.rev - message.count;`,
      },
    ],
    nodes: 3,
    faults: ["cutFollower"],
    caught: /\[L[167]\]|replay of rev/,
  },
];

/** Returns how to make sure, once the code is loaded, that it was. */
export function plant(names: readonly string[]): () => void {
  const planted = names.map((name) => {
    const control = controls.find((one) => one.name === name);
    if (control === undefined) throw new Error(`no control is called '${name}'`);
    return { name, isPlanted: plantIn(control.file, control.changes) };
  });
  return () => {
    for (const { name, isPlanted } of planted) if (!isPlanted()) throw new Error(`'${name}' was not planted`);
  };
}
