/**
 * Structural sharing: a new JSON value with the old one's references wherever the two say the same,
 * so that whoever compares by reference (a selector, a React component) sees only what changed.
 */

/** A record or a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

/** Neither value is changed. Equal values give `before` itself. */
export function share<T>(before: unknown, after: T): T {
  if (Object.is(before, after)) return after;
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) return after;
  const [old, fresh] = [before, after as Readonly<Record<string, unknown>>];
  const keys = Object.keys(fresh);
  const oldKeys = Object.keys(old);
  let same = oldKeys.length === keys.length;
  let shared: Record<string, unknown> | undefined;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const kept = Object.hasOwn(old, key) ? share(old[key], fresh[key]) : fresh[key];
    // The order of keys is kept: it is part of what checksums compare.
    if (oldKeys[i] !== key || !Object.is(kept, old[key])) same = false;
    if (Object.is(kept, fresh[key])) continue;
    shared ??= (Array.isArray(after) ? [...after] : { ...fresh }) as Record<string, unknown>;
    shared[key] = kept;
  }
  return (same ? before : (shared ?? after)) as T;
}
