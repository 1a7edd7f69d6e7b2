/** Sees what is read of an event, and of a context. */
import type { EventObject } from "xstate";

export interface Reading<E extends EventObject> {
  /** Reads like the event it stands for. */
  readonly event: E;
  /** The names of the fields that were looked at so far; `*`: all of them were listed. */
  readonly read: ReadonlySet<string>;
}

export function reading<E extends EventObject>(event: E): Reading<E> {
  const read = new Set<string>();
  const note = (key: string | symbol) => {
    if (typeof key === "string") read.add(key);
  };
  const spied = new Proxy(event, {
    get: (target, key) => {
      note(key);
      return Reflect.get(target, key) as unknown;
    },
    has: (target, key) => {
      note(key);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor: (target, key) => {
      note(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys: (target) => {
      read.add("*");
      return Reflect.ownKeys(target);
    },
  });
  return { event: spied, read };
}

/** A copy of plain JSON that notes the paths of what was read: of values, and of objects whose keys were asked for. */
export function readingPaths<T>(value: T): { readonly value: T; readonly paths: ReadonlySet<string> } {
  const paths = new Set<string>();
  const spied = (part: unknown, path: readonly string[]): unknown => {
    if (typeof part !== "object" || part === null) {
      paths.add(JSON.stringify(path));
      return part;
    }
    const asked = () => paths.add(JSON.stringify(path));
    return new Proxy(part, {
      get: (target, key) => {
        const inner = Reflect.get(target, key) as unknown;
        if (Array.isArray(target) && key === "length") asked();
        return typeof key === "string" && typeof inner !== "function" ? spied(inner, [...path, key]) : inner;
      },
      has: (target, key) => {
        asked();
        return Reflect.has(target, key);
      },
      ownKeys: (target) => {
        asked();
        return Reflect.ownKeys(target);
      },
      getOwnPropertyDescriptor: (target, key) => {
        asked();
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  };
  // A copy, since of what is frozen a proxy may show nothing but the thing itself.
  return { value: spied(structuredClone(value), []) as T, paths };
}
