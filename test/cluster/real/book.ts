/**
 * The log of one room as it lies in the stream, read message by message while nodes write it, without them: whether it is whole, what state it gives,
 * and whether clients were told what it says. Nothing is written there. From: world.ts.
 */
import type { NatsStore } from "../../../src/journal/nats-connect.ts";
import { NatsLog } from "../../../src/journal/nats-log.ts";
import type { LogMessage, Meta } from "../../../src/journal/nats-message.ts";
import { intactEntries } from "../../../src/journal/nats-read.ts";
import { newestSnapshot } from "../../../src/journal/nats-snapshots.ts";
import type { Entry } from "../../../src/journal/port.ts";
import { defaultLimits } from "../../../src/protocol/limits.ts";
import { type DomainState, initialDomain, replay } from "../../../src/room/domain.ts";
import type { SavedRoom } from "../../../src/room/load.ts";
import { decodeOpRecord } from "../../../src/room/op.ts";
import { inertScope } from "../../../src/room/step.ts";
import { stateText } from "../../support/client.ts";
import type { Told } from "./clerk.ts";
import { Commands } from "./commands.ts";
import { digest, type Heard } from "./heard.ts";
import { ledger } from "./ledger.ts";

export class Book {
  readonly name: string;
  readonly problems: string[] = [];
  /** Journals that wrote to it, in the order of their first message. */
  readonly writers = new Set<string>();
  rev = 0;
  readonly #log: NatsLog;
  readonly #heard: Heard;
  readonly #scope: ReturnType<typeof inertScope>;
  readonly #commands = new Commands();
  #state: DomainState;
  #last: { readonly seq: number; readonly meta: Meta } | undefined;
  #reading: Promise<void> = Promise.resolve();

  private constructor(name: string, log: NatsLog, heard: Heard, input: SavedRoom["input"]) {
    this.name = name;
    this.#log = log;
    this.#heard = heard;
    this.#scope = inertScope(ledger.machine, input);
    this.#state = initialDomain(ledger.machine, input, this.#scope, defaultLimits.timersMax).state;
  }

  /** Before anything of the log is trimmed. */
  static async open(store: NatsStore, name: string, heard: Heard): Promise<Book> {
    const snapshot = await newestSnapshot(store, name, 0);
    if (snapshot === undefined) throw new Error(`${name} has not begun`);
    return new Book(name, new NatsLog(store, "book"), heard, (JSON.parse(snapshot.data) as SavedRoom).input);
  }

  /** What the log gives at `rev`. */
  get text(): string {
    return stateText(this.#state.snapshot);
  }

  /** Reads what the log has more, now. Rejects if NATS cannot be asked; then it goes on from there the next time. */
  catchUp(): Promise<void> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /** What they tell was settled before the log was read last. */
  audit(told: readonly Told[]): void {
    this.problems.push(...this.#commands.audit(told));
  }

  async #read(): Promise<void> {
    const end = await this.#log.last(this.name);
    if (end === undefined) return void this.problems.push(`[L4] the log of ${this.name} is gone`);
    if (this.#last !== undefined && end.seq < this.#last.seq)
      return void this.problems.push(`[L4] the log ends at message ${end.seq}, and had ${this.#last.seq}`);
    for await (const message of this.#log.messages(this.name, (this.#last?.seq ?? 0) + 1, end.seq)) await this.#message(message);
    if (this.#last !== undefined && this.#last.seq < end.seq) this.problems.push(`[L4] messages up to ${end.seq} cannot be read`);
  }

  async #message(message: LogMessage): Promise<void> {
    const { seq, meta } = message;
    if (meta === undefined) return void this.problems.push(`[L1] message ${seq} is damaged`);
    const before = this.#last;
    this.#last = { seq, meta };
    this.writers.add(meta.writer);
    this.#heard.inEpoch(`message ${seq}`, meta.epoch);
    if (before !== undefined && meta.prev !== before.seq)
      this.problems.push(`[L1] message ${seq} follows ${before.seq}, and was meant to follow ${meta.prev}`);
    if (before !== undefined && meta.before !== before.meta.after) this.problems.push(`[L1] message ${seq} breaks the chain`);
    const intact = await intactEntries(this.#log, this.name, message);
    if (intact === undefined) return void this.problems.push(`[L1] the entries of message ${seq} are damaged`);
    for (const entry of intact.entries) this.#entry(entry);
  }

  #entry({ rev, data }: Entry): void {
    if (rev !== this.rev + 1) this.problems.push(`[L1] rev ${rev} comes after rev ${this.rev}`);
    const op = decodeOpRecord(rev, data);
    const told = this.#heard.at(rev);
    if (told !== undefined && told !== digest(op)) this.problems.push(`[L3] clients were told another op at rev ${rev} than the log has`);
    if (op.seq > 0) this.problems.push(...this.#commands.add(op));
    this.rev = rev;
    try {
      this.#state = replay(ledger.machine, this.#state, op, this.#scope);
    } catch (error) {
      this.problems.push(`[L7] rev ${rev} cannot be replayed: ${error instanceof Error ? error.message : error}`);
    }
  }
}
