/** RFC 6902, as much of it as the server sends (SPEC DELTA-5): add, remove, replace. The document is never changed in place; what no patch touches keeps its reference. */

export interface Patch {
  readonly op: "add" | "remove" | "replace";
  /** A JSON Pointer (RFC 6901); "" is the whole document. */
  readonly path: string;
  readonly value?: unknown;
}

/** Throws where a patch does not fit the document: then only a snapshot helps. */
export const applyPatches = (document: unknown, patches: readonly Patch[]): unknown =>
  patches.reduce((value, patch) => applyAt(value, pointer(patch.path), patch), document);

function applyAt(value: unknown, [key, ...below]: readonly string[], patch: Patch): unknown {
  if (key === undefined) return patch.value;
  if (Array.isArray(value)) return applyToArray(value, key, below, patch);
  if (typeof value !== "object" || value === null) throw misfit();
  if (key === "__proto__") throw misfit(); // it would set a prototype instead of a key
  const record = value as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(record, key) && patch.op !== "add") throw misfit();
  if (below.length === 0 && patch.op === "remove") {
    const { [key]: _gone, ...rest } = record;
    return rest;
  }
  return { ...record, [key]: applyAt(record[key], below, patch) };
}

function applyToArray(list: readonly unknown[], key: string, below: readonly string[], patch: Patch): unknown {
  const inserts = below.length === 0 && patch.op === "add";
  const index = key === "-" && inserts ? list.length : /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (index < 0 || index >= list.length + (inserts ? 1 : 0)) throw misfit();
  if (below.length > 0) return list.with(index, applyAt(list[index], below, patch));
  if (patch.op === "remove") return list.toSpliced(index, 1);
  return inserts ? list.toSpliced(index, 0, patch.value) : list.with(index, patch.value);
}

function pointer(path: string): string[] {
  if (path === "") return [];
  if (!path.startsWith("/")) throw misfit();
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const misfit = (): Error => new Error("a patch does not fit");
