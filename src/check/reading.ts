/** Sees which fields of an event are read. */
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
