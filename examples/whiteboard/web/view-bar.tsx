/** Undo, redo, and how closely one looks. */
import { useUndo } from "quorate/react";
import { useStore } from "../../shared/store.ts";
import { allShapes } from "../drawing.ts";
import { type Camera, fitted, zoomed } from "./camera.ts";
import { boundsOf } from "./geometry.ts";
import { ToolIcon, type ToolIconName } from "./tool-icons.tsx";
import { type BoardVisit, look, useBoard } from "./visit.ts";

export function ViewBar() {
  const visit = useBoard();
  const { undo, camera } = visit;
  const { canUndo, canRedo } = useUndo(undo);
  const { scale } = useStore(camera);
  return (
    <div className="view-bar card" role="toolbar" aria-label="History and view" data-over>
      <Step visit={visit} label="Undo" icon="undo" shortcut="Ctrl Z" verdict={canUndo} />
      <Step visit={visit} label="Redo" icon="redo" shortcut="Shift Ctrl Z" verdict={canRedo} />
      <i className="bar-gap" />
      <ViewButton label="Zoom out" icon="minus" shortcut="-" onClick={() => zoomBy(visit, 1 / 1.25)} />
      <button
        type="button"
        className="button figures zoom"
        data-look="quiet"
        data-hint="To full size"
        onClick={() => zoomBy(visit, 1 / scale)}
      >
        {Math.round(scale * 100)}%
      </button>
      <ViewButton label="Zoom in" icon="plus" shortcut="+" onClick={() => zoomBy(visit, 1.25)} />
      <ViewButton label="Show everything" icon="fit" shortcut="1" onClick={() => fitAll(visit)} />
    </div>
  );
}

interface StepProps {
  readonly visit: BoardVisit;
  readonly label: "Undo" | "Redo";
  readonly icon: ToolIconName;
  readonly shortcut: string;
  readonly verdict: BoardVisit["undo"]["canUndo"];
}
function Step({ visit, label, icon, shortcut, verdict }: StepProps) {
  const reason = verdict.verdict === "refused" ? verdict.reason : undefined;
  return (
    <button
      type="button"
      className="button"
      data-look="icon"
      aria-label={label}
      aria-disabled={reason === undefined ? undefined : true}
      data-hint={reason ?? label}
      data-hint-key={reason === undefined ? shortcut : undefined}
      data-refused={reason === undefined ? undefined : ""}
      onClick={() => goBack(visit, label)}
    >
      <ToolIcon name={icon} />
    </button>
  );
}

/** What a lock holds back stays for later; what can never be done again is dropped, and said. */
export function goBack({ undo, toasts }: BoardVisit, way: "Undo" | "Redo"): void {
  const verdict = way === "Undo" ? undo.canUndo : undo.canRedo;
  const isEmpty = verdict.verdict === "refused" && verdict.code === "empty";
  const willPass = verdict.verdict === "refused" && verdict.code === "guard" && passing.has(verdict.guard);
  if (isEmpty || willPass) return toasts.tell(verdict.reason, isEmpty ? "news" : "bad");
  if (way === "Undo") undo.undo();
  else undo.redo();
}
const passing: ReadonlySet<string> = new Set(["mayDraw", "mayDrawLocked", "isFree"]);

interface ViewButtonProps {
  readonly label: string;
  readonly icon: ToolIconName;
  readonly shortcut: string;
  readonly onClick: () => void;
}
const ViewButton = ({ label, icon, shortcut, onClick }: ViewButtonProps) => (
  <button type="button" className="button" data-look="icon" aria-label={label} data-hint={label} data-hint-key={shortcut} onClick={onClick}>
    <ToolIcon name={icon} />
  </button>
);

/** Around the middle. */
export function zoomBy(visit: BoardVisit, factor: number): void {
  const { width, height } = visit.size.get();
  look(visit, (now) => zoomed(now, { x: width / 2, y: height / 2 }, factor));
}
export function fitAll(visit: BoardVisit): void {
  look(visit, (now) => everything(visit) ?? now);
}
export function everything({ room, size }: BoardVisit): Camera | undefined {
  const bounds = boundsOf(allShapes(room.state.context.drawing));
  return bounds === undefined ? undefined : fitted(bounds, size.get());
}
