/** One value of a room's state, and who wants to hear when it changes. From: client-room.ts. */

export interface Selection<T> {
  readonly value: T;
  /** Returns how to stop. */
  subscribe(listener: (value: T) => void): () => void;
}

interface Source<S> {
  readonly state: S;
  subscribe(listener: () => void): () => void;
}

export function select<S, T>(source: Source<S>, fn: (state: S) => T, equal: (before: T, after: T) => boolean): Selection<T> {
  let known: { readonly state: S; readonly value: T } | undefined;
  const read = (): T => {
    const { state } = source;
    if (known?.state !== state) {
      const fresh = fn(state);
      known = { state, value: known !== undefined && equal(known.value, fresh) ? known.value : fresh };
    }
    return known.value;
  };
  return {
    get value() {
      return read();
    },
    subscribe(listener) {
      let told = read();
      return source.subscribe(() => {
        const value = read();
        if (Object.is(value, told)) return;
        told = value;
        listener(value);
      });
    },
  };
}
