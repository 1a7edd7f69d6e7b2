/** Where a view hides something, and where two views differ: paths into plain JSON, keys joined by dots. From: views.ts. */
import { isHidden } from "../room/secret.ts";

export type Path = readonly string[];

/** Paths of the context's values that the view has hidden or left out. `null` and what is empty tell nothing and hide nothing. */
export function hiddenPaths(context: unknown, view: unknown, path: Path = []): readonly Path[] {
  if (typeof context !== "object" || context === null) return context !== null && (isHidden(view) || view === undefined) ? [path] : [];
  if (isHidden(context)) return [];
  // In a list that the view filters, positions say nothing.
  if (Array.isArray(context) && Array.isArray(view) && view.length > 0 && view.length !== context.length) return [];
  return Object.entries(context).flatMap(([key, value]) => hiddenPaths(value, isHidden(view) ? view : partOf(view, key), [...path, key]));
}

const partOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

export const valueAt = (value: unknown, path: Path): unknown => path.reduce(partOf, value);

/** Paths at which two values differ, leaving out what `isLeftOut` names. */
export function differences(a: unknown, b: unknown, isLeftOut: (path: Path) => boolean, path: Path = []): readonly Path[] {
  if (isLeftOut(path) || JSON.stringify(a) === JSON.stringify(b)) return [];
  const areBoth = typeof a === "object" && typeof b === "object" && a !== null && b !== null && Array.isArray(a) === Array.isArray(b);
  if (!areBoth) return [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differences(partOf(a, key), partOf(b, key), isLeftOut, [...path, key]));
}

/** `app.votes.*` is for what lies in any vote; `*` is one key. */
export const isUnder = (path: Path, pattern: string): boolean => {
  const parts = pattern.split(".");
  return parts.length <= path.length && parts.every((part, i) => part === "*" || part === path[i]);
};
