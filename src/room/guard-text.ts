/** What a guard is made of, for texts. From: the checker's chart, the inspector's definitions. Nothing of a guard's code or params is in it. */
import type { StateValue } from "xstate";
import { checks, type GuardRef } from "./guards.ts";

export type GuardShape =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "and" | "or"; readonly parts: readonly GuardShape[] }
  | { readonly kind: "not"; readonly part: GuardShape }
  /** Paths such as `live.recording`, or an id with its `#`; all of them at once. */
  | { readonly kind: "stateIn"; readonly states: readonly string[] }
  | { readonly kind: "unnamed" };

/** A named combination is its name. */
export function guardShape(guard: GuardRef): GuardShape {
  if (typeof guard === "string") return { kind: "named", name: guard };
  if (typeof guard === "object") return { kind: "named", name: guard.type };
  const { check, stateValue } = guard;
  const parts = (guard.guards ?? []).map(guardShape);
  if (check === checks.and) return { kind: "and", parts };
  if (check === checks.or) return { kind: "or", parts };
  const [part] = parts;
  if (check === checks.not && part !== undefined) return { kind: "not", part };
  return stateValue === undefined ? { kind: "unnamed" } : { kind: "stateIn", states: pathsOf(stateValue) };
}

const pathsOf = (value: StateValue): readonly string[] =>
  typeof value === "string"
    ? [value]
    : Object.entries(value).flatMap(([key, inner]) => {
        const below = inner === undefined ? [] : pathsOf(inner);
        return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`);
      });

/** One readable name: `isLive and not (isMuted or isAway)`, `in phase.live`, `(unnamed)`. */
export function guardText(guard: GuardRef): string {
  return textOf(guardShape(guard));
}

function textOf(shape: GuardShape): string {
  switch (shape.kind) {
    case "named":
      return shape.name;
    case "and":
    case "or":
      return shape.parts.map(partText).join(` ${shape.kind} `) || "(unnamed)";
    case "not":
      return `not ${partText(shape.part)}`;
    case "stateIn":
      return shape.states.map((path) => `in ${path}`).join(" and ");
    case "unnamed":
      return "(unnamed)";
  }
}

/** In parentheses where it would not be read as one part. */
function partText(shape: GuardShape): string {
  const parts = shape.kind === "and" || shape.kind === "or" ? shape.parts.length : shape.kind === "stateIn" ? shape.states.length : 1;
  return parts > 1 ? `(${textOf(shape)})` : textOf(shape);
}
