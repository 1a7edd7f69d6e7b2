/** The backlog onto the clipboard. */
import { Icon } from "../../shared/icons.tsx";
import { useVisit } from "../../shared/visit.ts";
import { asCsv, asText } from "../minutes.ts";
import { useRoom } from "./poker-room.ts";

export function CopyButtons() {
  const room = useRoom();
  const { toasts } = useVisit();
  const copy = (text: string, what: string) =>
    navigator.clipboard.writeText(text).then(
      () => toasts.tell(`${what} copied`, "good"),
      (error: unknown) => toasts.tell(`It could not be copied: ${String(error)}`, "bad"),
    );
  const { stories } = room.state.context.app;
  return (
    <>
      <button type="button" className="button" data-look="quiet" onClick={() => copy(asText(room.id, stories), "Text")}>
        <Icon name="copy" size={16} />
        <span className="button-text">Copy text</span>
      </button>
      <button type="button" className="button" data-look="quiet" onClick={() => copy(asCsv(stories), "CSV")}>
        <Icon name="copy" size={16} />
        <span className="button-text">Copy CSV</span>
      </button>
    </>
  );
}
