/** Is a value plain JSON, to the byte? What is not would be another value after a restart, or on another machine. From: trial.ts, views.ts. */

/** The first thing that is not plain JSON, with its path: `votes.ada is NaN`; undefined: all is. `known`: what was looked at before and is frozen. */
export function notPlain(value: unknown, known: WeakSet<object> = new WeakSet()): string | undefined {
  return visit(value, [], new Set(), known);
}

function visit(value: unknown, path: readonly string[], above: Set<object>, known: WeakSet<object>): string | undefined {
  const flaw = (what: string) => `${path.length > 0 ? path.join(".") : "it"} is ${what}`;
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : flaw(String(value));
  if (typeof value !== "object") return flaw(value === undefined ? "undefined" : `a ${typeof value}`);
  if (above.has(value)) return flaw("a cycle");
  if (known.has(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isArray = Array.isArray(value);
  if (!isArray && prototype !== Object.prototype && prototype !== null) return flaw(`a ${nameOf(prototype)}`);
  if (Object.getOwnPropertySymbols(value).length > 0) return flaw("an object with a symbol as a key");
  if (isArray && Object.keys(value).length !== value.length) return flaw("an array with holes or with keys of its own");
  above.add(value);
  for (const [key, part] of Object.entries(value)) {
    const found = visit(part, [...path, key], above, known);
    if (found !== undefined) return found;
  }
  above.delete(value);
  if (Object.isFrozen(value)) known.add(value);
  return undefined;
}

const nameOf = (prototype: unknown): string =>
  (prototype as { readonly constructor?: { readonly name?: string } }).constructor?.name || "class instance";
