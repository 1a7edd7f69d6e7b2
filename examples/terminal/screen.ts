/** The feed above, the line that is being typed below. Everything printed goes through here, and is sanitised here. From: terminal.ts. To: the terminal, or a pipe. */
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { sanitize } from "./sanitize.ts";
import type { Line, Tone } from "./say.ts";

export interface ScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly colours: boolean;
  /** What the Tab key completes. */
  readonly words: readonly string[];
}

const colourOf: Readonly<Record<Tone, string>> = { chat: "0", event: "36", quiet: "2", good: "32", bad: "31" };

export class Screen {
  readonly #output: WriteStream;
  readonly #colours: boolean;
  /** Both ends are a terminal: there is a line to keep at the bottom. */
  readonly isTerminal: boolean;
  readonly #reader: Interface;
  #isClosed = false;
  #prompt = "";

  constructor({ input, output, colours, words }: ScreenOptions) {
    this.#output = output;
    this.#colours = colours;
    this.isTerminal = input.isTTY && output.isTTY;
    this.#reader = createInterface({
      input,
      terminal: this.isTerminal,
      ...(this.isTerminal ? { output } : {}),
      completer: (typed: string) => [words.filter((word) => word.startsWith(typed)), typed],
    });
  }

  /** `ended`: nothing more will come. `interrupted`: Ctrl-C in a terminal; elsewhere it is a signal. */
  listen(on: { line(text: string): void; ended(): void; interrupted(): void }): void {
    this.#reader.on("line", (text) => {
      if (this.isTerminal) this.#eraseTyped(text);
      on.line(text);
      this.#draw();
    });
    this.#reader.on("close", () => {
      this.#isClosed = true;
      on.ended();
    });
    this.#reader.on("SIGINT", () => on.interrupted());
  }

  print(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    this.#clear();
    this.#output.write(lines.map((line) => `${this.#format(line)}\n`).join(""));
    this.#draw();
  }

  /** What stands before the line that is being typed. */
  set prompt(text: string) {
    const next = `${sanitize(text)}› `;
    if (next === this.#prompt) return;
    this.#clear();
    this.#prompt = next;
    this.#reader.setPrompt(next);
    this.#draw();
  }

  /** Reads nothing until then. Of use only before the first line was read. */
  hold(until: Promise<unknown>): void {
    this.#reader.pause();
    void until.then(() => this.#isClosed || this.#reader.resume());
  }

  /** No more input; what is printed from now on stands alone. */
  close(): void {
    if (this.#isClosed) return;
    this.#clear();
    this.#isClosed = true;
    this.#reader.close();
  }

  #format({ at, who, text, tone }: Line): string {
    const time = at === undefined ? "     " : timeOf(at);
    const name = who === undefined ? "" : `${sanitize(who)}${tone === "chat" ? ":" : ""}`;
    const said = sanitize(text);
    const words = tone === "chat" ? [this.#paint("1", name), said] : [this.#paint(colourOf[tone], name === "" ? said : `${name} ${said}`)];
    return [this.#paint("2", time), ...words].join(" ");
  }

  #paint(code: string, text: string): string {
    return this.#colours && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  #clear(): void {
    if (!this.isTerminal || this.#isClosed) return;
    moveCursor(this.#output, 0, -this.#reader.getCursorPos().rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  /** What was typed comes back in the feed, with its time. */
  #eraseTyped(text: string): void {
    const rows = Math.floor(Bun.stringWidth(this.#prompt + text) / (this.#output.columns || 80)) + 1;
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  #draw(): void {
    if (this.isTerminal && !this.#isClosed) this.#reader.prompt(true);
  }
}

const timeOf = (at: number): string => {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
};
