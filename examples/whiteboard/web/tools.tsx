/** Which tool is in hand. */
import { useStore } from "../../shared/store.ts";
import { useRoom, useSelect } from "./board-room.ts";
import { blank, created } from "./gestures.ts";
import { ToolIcon } from "./tool-icons.tsx";
import { type Tool, useBoard } from "./visit.ts";

export const tools: readonly { readonly tool: Tool; readonly label: string; readonly key: string }[] = [
  { tool: "select", label: "Select", key: "V" },
  { tool: "hand", label: "Move the board", key: "H" },
  { tool: "pen", label: "Pen", key: "P" },
  { tool: "rectangle", label: "Rectangle", key: "R" },
  { tool: "ellipse", label: "Ellipse", key: "O" },
  { tool: "line", label: "Line", key: "L" },
  { tool: "arrow", label: "Arrow", key: "A" },
  { tool: "note", label: "Sticky note", key: "N" },
  { tool: "text", label: "Text", key: "T" },
];

export function Tools() {
  const visit = useBoard();
  const { tool: now } = useStore(visit.desk);
  const refused = useWhyNot();
  return (
    <div className="tools card" role="toolbar" aria-label="Tools" data-over>
      {tools.map(({ tool, label, key }) => {
        const reason = tool === "select" || tool === "hand" ? undefined : refused;
        return (
          <button
            key={tool}
            type="button"
            className="button"
            data-look="icon"
            data-on={now === tool}
            aria-pressed={now === tool}
            aria-label={label}
            aria-keyshortcuts={key}
            aria-disabled={reason === undefined ? undefined : true}
            data-hint={reason ?? label}
            data-hint-key={reason === undefined ? key : undefined}
            data-refused={reason === undefined ? undefined : ""}
            onClick={() => {
              if (reason === undefined) visit.desk.set((desk) => ({ ...desk, tool }));
            }}
          >
            <ToolIcon name={tool} />
          </button>
        );
      })}
    </div>
  );
}

/** Why nothing can be drawn now, if nothing can. */
function useWhyNot(): string | undefined {
  const visit = useBoard();
  const room = useRoom();
  return useSelect(() => {
    const verdict = room.explain(created(blank(visit, "rectangle", { x: 0, y: 0, w: 1, h: 1 })));
    return verdict.verdict === "refused" ? verdict.reason : undefined;
  });
}
