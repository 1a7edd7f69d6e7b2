/** A report as people read it in a terminal. From: main.ts. */
import type { MachineReport } from "./check-machine.ts";
import type { Finding, PathStep } from "./finding.ts";

export const reportText = ({ type, version, explored, findings }: MachineReport): string =>
  [
    `${type}, version ${version}`,
    `  explored ${plural(explored.states, "state")}, ${plural(explored.transitions, "transition")}, ${plural(explored.tried, "event")} tried, ${plural(explored.depth, "step")} deep, ${durationText(explored.virtualMs)} of virtual time, ${explored.exhausted ? "until nothing was left" : "up to the bounds"}`,
    `  people   ${explored.people.join(", ")}`,
    findingsText(findings),
  ].join("\n");

export const findingsText = (findings: readonly Finding[]): string =>
  findings.length === 0 ? "  clean" : [...findings.map(findingText), `  ${plural(findings.length, "finding")}`].join("\n");

function findingText({ code, text, where, path = [] }: Finding): string {
  const steps = path.map((step, i) => `      ${i === 0 ? "way " : "    "}${String(i + 1).padStart(2)}. ${stepText(step)}`);
  return [`  ✗ ${code}: ${text}`, ...(where === undefined ? [] : [`      at   ${where}`]), ...steps].join("\n");
}

function stepText({ who, what, afterMs }: PathStep): string {
  const { type, ...payload } = what;
  const told = type.startsWith("participant.") ? type : `${type}${Object.keys(payload).length > 0 ? ` ${JSON.stringify(payload)}` : ""}`;
  return `${who}: ${told}${afterMs >= noticedMs ? ` (after ${durationText(afterMs)})` : ""}`;
}
/** A second passes at every step; what is longer is part of the story. */
const noticedMs = 10_000;

const plural = (count: number, noun: string): string => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

function durationText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
