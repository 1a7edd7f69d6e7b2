/** Values that tell which parts of them are read. From: guards-asked.ts, which lets guards run on them; they are pure, and see what they always see. */

interface Known {
  readonly proxy: object;
  path: string;
}

/** By path, `context.meeting.hands`; only what a read ended at, not what it went through. */
export class Reads {
  readonly #values = new Map<string, unknown>();
  /** One of each object: what is the same there is the same here. With the path by which it was come to last. */
  #known = new WeakMap<object, Known>();

  /** `value` as it is, but each read of it is noted. */
  of<T>(value: T, path: string): T {
    return typeof value === "object" && value !== null ? this.#watched(value, path) : value;
  }

  clear(): void {
    this.#values.clear();
    this.#known = new WeakMap();
  }

  /** What was read since the last `clear`, in the order of reading. */
  list(): readonly { readonly path: string; readonly value: unknown }[] {
    return [...this.#values].map(([path, value]) => ({ path, value: cut(value) }));
  }

  // The target of a proxy on what is frozen would have to be told as it is; an empty one allows for watched values in it.
  #watched<T extends object>(value: T, path: string): T {
    const before = this.#known.get(value);
    if (before !== undefined) {
      before.path = path;
      return before.proxy as T;
    }
    const proxy = this.#proxy(value, () => known.path);
    const known: Known = { proxy, path };
    this.#known.set(value, known);
    this.#known.set(proxy, known);
    return proxy;
  }

  #proxy<T extends object>(value: T, pathNow: () => string): T {
    const proxy: T = new Proxy((Array.isArray(value) ? [] : {}) as T, {
      get: (_, key) => {
        const inner: unknown = Reflect.get(value, key, value);
        // Methods of lists go over the watched list, so that what they look at is noted.
        if (typeof inner === "function") return inner.bind(proxy);
        if (typeof key === "symbol") return inner;
        const path = pathNow();
        const at = `${path}${step(value, key)}`;
        this.#note(at, path, inner);
        return this.of(inner, at);
      },
      has: (_, key) => {
        const path = pathNow();
        if (typeof key === "string") this.#note(`${path}${step(value, key)}`, path, Reflect.get(value, key));
        return Reflect.has(value, key);
      },
      ownKeys: () => {
        this.#note(pathNow(), undefined, value);
        return Reflect.ownKeys(value);
      },
      getOwnPropertyDescriptor: (target, key) => {
        const path = pathNow();
        const found = Reflect.getOwnPropertyDescriptor(value, key);
        if (typeof key === "string") this.#note(`${path}${step(value, key)}`, path, found?.value);
        if (found === undefined) return undefined;
        // An array's own `length` cannot be told otherwise than it is.
        if (Array.isArray(target) && key === "length") return Reflect.getOwnPropertyDescriptor(target, key);
        return {
          value: this.of(found.value, `${path}${step(value, key as string)}`),
          enumerable: found.enumerable ?? false,
          configurable: true,
          writable: true,
        };
      },
      getPrototypeOf: () => Reflect.getPrototypeOf(value),
    });
    return proxy;
  }

  #note(path: string, through: string | undefined, value: unknown): void {
    if (through !== undefined) this.#values.delete(through);
    this.#values.set(path, value);
  }
}

const identifier = /^[A-Za-z_$][\w$]*$/;
const step = (value: object, key: string): string =>
  Array.isArray(value) && /^\d+$/.test(key) ? `[${key}]` : identifier.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

const textCharsMax = 200;

/** A big value by its size: this is for reading. */
function cut(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value) ?? "null";
  if (text.length <= textCharsMax) return value;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `a record of ${Object.keys(value).length}`;
  return `${text.slice(0, textCharsMax)}…`;
}
