/** The commands that a log holds, each by its mark: once, in its client's order, and as its client was told. From: book.ts. */
import type { Op } from "../../../src/room/op.ts";
import type { Told } from "./clerk.ts";

export class Commands {
  readonly #byMark = new Map<string, { readonly rev: number; readonly event: string }>();
  /** By client: the number of its last one. */
  readonly #last = new Map<string, number>();

  /** The log's next one; gives what is wrong with it. */
  add({ rev, event }: Pick<Op, "rev" | "event">): string[] {
    const mark = "mark" in event ? String(event["mark"]) : "";
    const before = this.#byMark.get(mark);
    if (before !== undefined) return [`[L2] ${mark} is in the log twice, at revs ${before.rev} and ${rev}`];
    this.#byMark.set(mark, { rev, event: JSON.stringify(event) });
    const [client = "", number] = mark.split(".");
    const last = this.#last.get(client) ?? 0;
    this.#last.set(client, Number(number));
    return Number(number) > last ? [] : [`[L5] ${mark} comes after ${client}.${last}, at rev ${rev}`];
  }

  /** Was it so? What they tell was settled before the log was read. */
  audit(told: readonly Told[]): string[] {
    return told.flatMap(({ client, mark, event, outcome }) => {
      const found = this.#byMark.get(mark);
      if (outcome === "unknown") return [`[L2] ${client} was told that nobody knows what became of ${mark}`];
      if (outcome === "refused") return found === undefined ? [] : [`[L10] ${mark} was refused, and is in the log at rev ${found.rev}`];
      if (found === undefined) return [`[L4] ${mark} was acknowledged, and is not in the log`];
      return found.event === JSON.stringify(event) ? [] : [`[L4] ${mark} was acknowledged, and is in the log as ${found.event}`];
    });
  }
}
