/** Whether everything that one did is safe on the server. */
import { Icon } from "./icons.tsx";
import { useConnection, usePending } from "./visit.ts";

export function SavedMark() {
  const count = usePending().length;
  const { saving, status } = useConnection();
  const waits = count > 0 && (status !== "live" || !saving);
  const word = count === 0 ? "Saved" : waits ? `${count} waiting` : "Saving…";
  return (
    <span className="saved" role="status" data-testid="saved" data-pending={count} data-waits={waits}>
      <Icon name={count === 0 ? "check" : "clock"} size={15} />
      <span className="saved-word">{word}</span>
    </span>
  );
}
