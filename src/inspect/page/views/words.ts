/** Times, numbers and names as people read them. */
import type { SessionCounts } from "../../messages.ts";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const number = new Intl.NumberFormat();

export const timeOf = (at: number): string => clock.format(at);
export const timeWithMs = (at: number): string => `${clock.format(at)}.${String(Math.floor(at % 1_000)).padStart(3, "0")}`;
export const dateAndTime = (at: number): string => `${day.format(at)}, ${timeWithMs(at)}`;
export const count = (n: number): string => number.format(n);

/** In the order of a session's life. Words stand beside every colour. */
export const sessionStates = [
  "new",
  "snapshot",
  "catchingUp",
  "live",
  "lagging",
  "stale",
] as const satisfies readonly (keyof SessionCounts)[];
export const sessionWords: Readonly<Record<string, string>> = { catchingUp: "catching up" };
export const sessionWord = (state: string): string => sessionWords[state] ?? state;

export const peopleIn = (sessions: SessionCounts | undefined): number =>
  sessions === undefined ? 0 : sessionStates.reduce((sum, state) => sum + sessions[state], 0);

/** `2 live, 1 stale` */
export const countsText = (sessions: SessionCounts): string =>
  sessionStates.flatMap((state) => (sessions[state] > 0 ? [`${sessions[state]} ${sessionWord(state)}`] : [])).join(", ") || "nobody";

/** What is in an event beside its type, in one line. */
export function payloadText({ type: _, ...payload }: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(payload);
  return text === "{}" ? "" : text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
