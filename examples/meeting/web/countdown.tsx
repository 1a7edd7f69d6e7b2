/** What is left until a deadline, then how much it is over. */

import { clock, useNow } from "../../shared/time.ts";
import { useSelect } from "./meeting-room.ts";

export function Countdown({ endsAt }: { readonly endsAt: number }) {
  // The room says when it is over time; this clock may be a little off.
  const overtime = useSelect((state) => state.context.meeting.overtime);
  const leftMs = endsAt - useNow();
  const over = overtime || leftMs < 0;
  return (
    <span className="countdown figures" role="timer" data-over={over} data-soon={!over && leftMs < soonMs}>
      {over ? `${clock(-leftMs)} over` : `${clock(leftMs + roundUpMs)} left`}
    </span>
  );
}

const soonMs = 60_000;
/** A countdown shows 0:00 only when it is over. */
const roundUpMs = 999;
