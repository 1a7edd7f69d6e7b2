/** Time as the room tells it, so that all clocks in a room agree. */
import { useEffect, useState } from "react";
import { useVisit } from "./visit.ts";

const secondMs = 1_000;

/** The server's time, again every second; the components that use it turn over together. */
export function useNow(): number {
  const { room } = useVisit();
  const [now, setNow] = useState(() => room.now());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const at = room.now();
      setNow(at);
      timer = setTimeout(tick, secondMs - (at % secondMs));
    };
    tick();
    return () => clearTimeout(timer);
  }, [room]);
  return now;
}

/** `4:07`, `1:02:03`. Negative counts as none. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / secondMs));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}

const hourAndMinute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
export const timeOfDay = (at: number): string => hourAndMinute.format(at);
