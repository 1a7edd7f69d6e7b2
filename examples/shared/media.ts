/** Whether a media query holds, followed as it changes. */
import { useCallback, useSyncExternalStore } from "react";

/** People have a column of their own. */
export const wide = "(min-width: 1080px)";
/** One column, and a bar at the bottom. */
export const narrow = "(max-width: 719px)";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
