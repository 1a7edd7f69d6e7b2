/** [DELTA-5] RFC 6902, so far as a change of a document needs it: `add`, `remove` and `replace`. The document given stays as it is. */
import type { Patch } from "./spec-socket.ts";

export const patched = (document: unknown, patches: readonly Patch[]): unknown => patches.reduce(patch, structuredClone(document));

function patch(document: unknown, { op, path, value }: Patch): unknown {
  if (!["add", "remove", "replace"].includes(op)) throw new Error(`this client cannot ${op}`);
  if (path === "") return value;
  const keys = path.split("/").slice(1);
  const last = unescaped(keys.pop() ?? "");
  const target = keys.reduce((node, key) => node[unescaped(key)] as Node, document as Node);
  if (op === "replace" || !Array.isArray(target)) {
    if (op === "remove") delete target[last];
    else target[last] = value;
  } else if (op === "remove") target.splice(Number(last), 1);
  else target.splice(last === "-" ? target.length : Number(last), 0, value);
  return document;
}
type Node = Record<string, unknown>;

const unescaped = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");
