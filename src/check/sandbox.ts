/**
 * Where a room's code runs while it is checked: what reads a clock, draws chance or reaches outside is seen, and gets a constant instead,
 * so that one fault gives one finding and the exploration stays the same in every run. From: trial.ts. Synchronous; globals are put back on dispose.
 */
import { relative } from "node:path";

/** Called with what was used, for example `Date.now()`. */
export type OnUse = (what: string) => void;

export class Sandbox implements Disposable {
  #onUse: OnUse | undefined;
  readonly #undo: (() => void)[] = [];

  constructor() {
    const used = (what: string): boolean => {
      if (this.#onUse === undefined) return false;
      this.#onUse(what);
      return true;
    };
    const realDate = Date;
    this.#replace(
      globalThis,
      "Date",
      new Proxy(realDate, {
        construct: (date, args) => Reflect.construct(date, args.length === 0 && used("new Date()") ? [0] : args) as object,
        apply: (date, self, args) => (used("Date()") ? "" : (Reflect.apply(date, self, args) as unknown)),
        get: (date, key) => (key === "now" ? () => (used("Date.now()") ? 0 : date.now()) : (Reflect.get(date, key) as unknown)),
      }),
    );
    const { random } = Math;
    this.#replace(Math, "random", () => (used("Math.random()") ? 0.5 : random()));
    this.#replace(globalThis, "crypto", spied(crypto, "crypto", used));
    this.#replace(globalThis, "performance", spied(performance, "performance", used));
    this.#replace(globalThis, "process", spied(process, "process", used));
    for (const name of ["fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"] as const) {
      const real = globalThis[name] as (...args: unknown[]) => unknown;
      this.#replace(globalThis, name, (...args: unknown[]) => (used(`${name}()`) ? undefined : real(...args)));
    }
  }

  /** Runs the room's code; what it uses meanwhile is told. */
  watch<T>(onUse: OnUse, run: () => T): T {
    const outer = this.#onUse;
    this.#onUse = onUse;
    try {
      return run();
    } finally {
      this.#onUse = outer;
    }
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.reverse()) undo();
  }

  #replace(owner: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, key);
    Object.defineProperty(owner, key, { value, configurable: true, writable: true, enumerable: before?.enumerable ?? true });
    this.#undo.push(() => (before === undefined ? Reflect.deleteProperty(owner, key) : Object.defineProperty(owner, key, before)));
  }
}

/** Each read of a member is a use. Members are bound, since the real objects' methods ask for their own `this`. */
function spied<T extends object>(real: T, name: string, used: (what: string) => boolean): T {
  return new Proxy(real, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof key === "string" && used(`${name}.${key}`)) return typeof value === "function" ? () => 0 : {};
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Where in the app's code: the innermost line of a stack that is not of Quorate's own room code, of a package or of the runtime. */
export function placeOf(stack: string | undefined): string | undefined {
  for (const line of (stack ?? "").split("\n")) {
    const [, file, row] = /(\/[^():]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (file === undefined || /\/node_modules\/|\/src\/(check|room)\//.test(file)) continue;
    return `${relative(processCwd, file)}:${row}`;
  }
  return undefined;
}
const processCwd = process.cwd();
