/** What is left of the round, as a number and as a ring. The room ends the round; this clock may be a little off. */
import type { CSSProperties } from "react";
import { clock, useNow } from "../../shared/time.ts";
import { useRound } from "./poker-room.ts";

/** Rounded up: it shows 0:00 only when it is over. */
export function Countdown({ endsAt }: { readonly endsAt: number }) {
  const seconds = useRound()?.seconds ?? 0;
  // The clock of the page is told the server's time now and then, and may be behind it.
  const leftMs = Math.min(seconds * 1_000, Math.max(0, endsAt - useNow()));
  const part = seconds === 0 ? 0 : leftMs / (seconds * 1_000);
  return (
    <span
      className="countdown figures"
      role="timer"
      aria-label="Time left"
      data-testid="countdown"
      data-soon={leftMs < soonMs}
      style={partStyle(part)}
    >
      {clock(Math.ceil(leftMs / 1_000) * 1_000)}
    </span>
  );
}

const partStyle = (part: number): CSSProperties => ({ "--part": part }) as CSSProperties;
const soonMs = 10_000;
