/** RFC 6902, as much of it as the server sends (SPEC DELTA-5): add, remove, replace. The document is never changed in place; what no patch touches keeps its reference. */

import { isObject } from "../protocol/share.ts";

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
  const isList = Array.isArray(value);
  // Setting `__proto__` would set no key.
  if (!isObject(value) || key === (isList ? "length" : "__proto__")) throw misfit();
  const copy = (isList ? [...value] : { ...value }) as unknown[] & Record<string, unknown>;
  const isLast = below.length === 0;
  const isNew = isLast && patch.op === "add";
  const index = key === "-" ? copy.length : Number(key);
  if (!Object.hasOwn(copy, key) && !(isNew && (!isList || key === "-" || key === `${copy.length}`))) throw misfit();
  if (!isLast) copy[key] = applyAt(copy[key], below, patch);
  else if (isList) copy.splice(index, isNew ? 0 : 1, ...(patch.op === "remove" ? [] : [patch.value]));
  else if (patch.op === "remove") delete copy[key];
  else copy[key] = patch.value;
  return copy;
}

const pointer = (path: string): string[] => {
  const [root, ...keys] = path.split("/");
  if (root !== "") throw misfit();
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const misfit = (): Error => new Error("a patch does not fit");
