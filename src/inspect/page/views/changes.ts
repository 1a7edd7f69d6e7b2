/** What differs between two states, by path, with old and new values. From: compare.tsx. Pure. */
import { applyPatches } from "../../../client/patch.ts";
import { diff } from "../../../protocol/diff.ts";
import type { StateAt } from "../../api.ts";
import { pathBelow } from "./json-rows.ts";

export interface Change {
  readonly kind: "added" | "removed" | "changed";
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export const changesMax = 300;

/** Patches go one by one, since a place in a list means what it means when its turn comes. */
export function changesBetween(before: unknown, after: unknown): readonly Change[] {
  const changes: Change[] = [];
  let document = before;
  for (const patch of diff(before, after).slice(0, changesMax)) {
    const { path, value: old } = resolve(document, patch.path);
    if (patch.op === "add") changes.push({ kind: "added", path, after: patch.value });
    else if (patch.op === "remove") changes.push({ kind: "removed", path, before: old });
    else changes.push({ kind: "changed", path, before: old, after: patch.value });
    document = applyPatches(document, [patch]);
  }
  return changes;
}

/** What is compared of a state. */
export const comparable = ({ value, context, status, timers, services, roster }: StateAt) => ({
  ...{ value, context, status },
  timers: Object.fromEntries(timers.map(({ id, dueAt }) => [id, dueAt])),
  services: Object.fromEntries(services.map((id) => [id, "runs"])),
  roster: Object.fromEntries(roster.map(({ who, ...entry }) => [who, entry])),
});

function resolve(document: unknown, pointer: string): { readonly path: string; readonly value: unknown } {
  let [path, value]: [string, unknown] = ["", document];
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = pathBelow(path, key, Array.isArray(value));
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  }
  return { path, value };
}
