/** A JSON value as rows that can be folded. From: json-tree.tsx. Pure. */
import { isHidden } from "../../../room/secret.ts";

export interface JsonRow {
  /** `context.meeting.hands[0]`, and unique; "" is the whole value. */
  readonly path: string;
  readonly name: string;
  readonly level: number;
  readonly kind: "string" | "number" | "boolean" | "null" | "list" | "record" | "hidden" | "more";
  /** The value itself, or what stands for it while it is folded. */
  readonly text: string;
  readonly isOpen: boolean | undefined;
}

const childrenMax = 200;
const rowsMax = 1_500;
const textCharsMax = 400;

/** `isOpen` decides by path and level. Beyond the limits a row says how many are left out. */
export function jsonRows(value: unknown, isOpen: (path: string, level: number) => boolean): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  const visit = (child: unknown, name: string, path: string, level: number): void => {
    if (rows.length >= rowsMax) return;
    const { kind, text, entries } = describe(child);
    const open = entries.length > 0 ? isOpen(path, level) : undefined;
    rows.push({ path, name, level, kind, text, isOpen: open });
    if (open !== true) return;
    const isList = kind === "list";
    for (const [key, below] of entries.slice(0, childrenMax)) visit(below, key, pathBelow(path, key, isList), level + 1);
    const left = entries.length - childrenMax;
    if (left > 0) rows.push({ path: `${path} …`, name: "", level: level + 1, kind: "more", text: `${left} more`, isOpen: undefined });
  };
  const { entries, kind } = describe(value);
  if (entries.length === 0) visit(value, "", "", 1);
  else for (const [key, below] of entries) visit(below, key, pathBelow("", key, kind === "list"), 1);
  if (rows.length >= rowsMax) rows.push({ path: " …", name: "", level: 1, kind: "more", text: "more; fold something", isOpen: undefined });
  return rows;
}

export const pathBelow = (path: string, key: string, isList: boolean): string =>
  isList ? `${path}[${key}]` : /^[\w$-]+$/.test(key) ? (path === "" ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`;

interface Described {
  readonly kind: JsonRow["kind"];
  readonly text: string;
  readonly entries: readonly (readonly [string, unknown])[];
}

function describe(value: unknown): Described {
  if (isHidden(value)) return { kind: "hidden", text: "hidden", entries: [] };
  if (value === null || value === undefined) return { kind: "null", text: "null", entries: [] };
  if (Array.isArray(value))
    return { kind: "list", text: value.length === 0 ? "[]" : `[${value.length}]`, entries: value.map((item, i) => [`${i}`, item]) };
  if (typeof value === "object") {
    const entries = Object.entries(value);
    const names = entries.map(([key]) => key).join(", ");
    return { kind: "record", text: entries.length === 0 ? "{}" : `{${names.length > 60 ? `${names.slice(0, 60)}…` : names}}`, entries };
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  const kind = typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "string";
  return { kind, text: text.length > textCharsMax ? `${text.slice(0, textCharsMax)}… (${text.length} characters)` : text, entries: [] };
}
