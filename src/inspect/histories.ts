/** The histories that are being looked at, a few at a time: each holds key frames in memory. From: admin-api.ts. */
import type { Journal, RoomName } from "../journal/port.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ServedType } from "../room/directory.ts";
import { History } from "./history.ts";

const historiesMax = 8;

export class Histories {
  readonly #options: { readonly journal: Journal; readonly limits: Limits };
  /** Looked at last: last. */
  readonly #histories = new Map<RoomName, History>();

  constructor(options: { readonly journal: Journal; readonly limits: Limits }) {
    this.#options = options;
  }

  /** `undefined`: there is no such room. With another epoch it is another history. */
  async of(served: ServedType, room: RoomName): Promise<History | undefined> {
    const head = await this.#options.journal.head(room);
    if (head === undefined) return undefined;
    const known = this.#histories.get(room);
    const history = known?.epoch === head.epoch ? known : new History({ ...this.#options, ...served, room, epoch: head.epoch });
    this.#histories.delete(room);
    this.#histories.set(room, history);
    for (const oldest of this.#histories.keys()) {
      if (this.#histories.size <= historiesMax) break;
      this.#histories.delete(oldest);
    }
    return history;
  }
}
