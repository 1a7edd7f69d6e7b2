/** What one's own part at the table is. */
import { useMe, useSelect } from "./poker-room.ts";

/** Why one does not vote, if so. */
export function useBystander(): "observer" | "out" | undefined {
  const me = useMe()?.user ?? "";
  const role = useRole();
  const isOut = useSelect((state) => state.context.app.out.includes(me));
  return role === "observer" ? "observer" : isOut ? "out" : undefined;
}

export function useRunsRounds(): boolean {
  const role = useRole();
  return role === "host" || role === "cohost";
}

/** By the table's own record, so that a promotion shows at once. */
function useRole() {
  const me = useMe()?.user ?? "";
  return useSelect((state) => state.context.meeting.participants[me]?.role);
}
