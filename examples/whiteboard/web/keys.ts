/** The board's keys. Single letters are the shared shortcuts'; what needs Ctrl or repeats is here. */
import type { Shortcuts } from "../../shared/shortcuts.ts";
import { idsMax } from "../commands.ts";
import { shapeOf } from "../drawing.ts";
import { type Shape, upright } from "../shape.ts";
import { centred, seen } from "./camera.ts";
import { boundsOf, overlap } from "./geometry.ts";
import { edit } from "./pointer.ts";
import { tools } from "./tools.tsx";
import { fitAll, goBack, zoomBy } from "./view-bar.tsx";
import { act, type BoardVisit, select, selected } from "./visit.ts";

const list: Shortcuts["list"] = [
  ...tools.map(({ label, key }) => ({ keys: key, does: label })),
  { keys: "Space", does: "Hold it and drag: move the board" },
  { keys: "Ctrl Z", does: "Undo; with Shift, redo" },
  { keys: "Ctrl A", does: "Select everything" },
  { keys: "Ctrl D", does: "Duplicate; Ctrl C and Ctrl V do it in two steps" },
  { keys: "Arrows", does: "Move what is selected; with Shift, further" },
  { keys: "Alt ← →", does: "Go from shape to shape" },
  { keys: "Enter", does: "Write on the shape" },
  { keys: "Del", does: "Delete" },
  { keys: "[ ]", does: "To back, to front" },
  { keys: "+ − 0 1", does: "Closer, further, full size, everything" },
];

export function shortcutsOf(visit: BoardVisit): Shortcuts {
  const { desk, camera } = visit;
  const ids = () => selected(visit).map(({ id }) => id);
  return {
    list,
    act: (key) => {
      const tool = tools.find((one) => one.key.toLowerCase() === key)?.tool;
      if (tool !== undefined) return () => desk.set((now) => ({ ...now, tool }));
      const does: Readonly<Record<string, () => void>> = {
        "+": () => zoomBy(visit, 1.25),
        "=": () => zoomBy(visit, 1.25),
        "-": () => zoomBy(visit, 1 / 1.25),
        "0": () => zoomBy(visit, 1 / camera.get().scale),
        "1": () => fitAll(visit),
        "]": () => void (ids().length > 0 && act(visit, { type: "shapes.order", ids: ids(), to: "front" })),
        "[": () => void (ids().length > 0 && act(visit, { type: "shapes.order", ids: ids(), to: "back" })),
      };
      return Object.hasOwn(does, key) ? does[key] : undefined;
    },
  };
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const farStep = 10;
const copyStep = 24;

/** On the surface and wherever no field has the keyboard. Returns how to stop. `say` is for screen readers. */
export function followKeys(visit: BoardVisit, say: (text: string) => void): () => void {
  let copied: string[] = [];
  const duplicate = (ids: string[]) => {
    const before = new Set(visit.room.state.context.drawing.flat().map(({ id }) => id));
    if (ids.length === 0 || !act(visit, { type: "shapes.duplicate", ids, dx: copyStep, dy: copyStep })) return;
    const fresh = visit.room.state.context.drawing.flat().filter(({ id }) => !before.has(id));
    select(
      visit,
      fresh.map(({ id }) => id),
    );
  };
  const command = (key: string, shift: boolean): (() => void) | undefined => {
    switch (key) {
      case "z":
        return () => goBack(visit, shift ? "Redo" : "Undo");
      case "y":
        return () => goBack(visit, "Redo");
      case "a":
        return () =>
          select(
            visit,
            visit.layers.sorted.slice(0, idsMax).map(({ id }) => id),
          );
      case "d":
        return () => duplicate(selected(visit).map(({ id }) => id));
      case "c":
        return () => {
          copied = selected(visit).map(({ id }) => id);
        };
      case "v":
        return () => {
          duplicate(copied.filter((id) => shapeOf(visit.room.state.context.drawing, id) !== undefined));
          copied = [...visit.desk.get().selection];
        };
      default:
        return undefined;
    }
  };
  const plain = (event: KeyboardEvent): (() => void) | undefined => {
    const shapes = selected(visit);
    const ids = shapes.map(({ id }) => id);
    const [first] = shapes;
    const way = arrows[event.key];
    if (way !== undefined) {
      const [x, y] = way;
      if (event.altKey && y === 0) return () => goOn(visit, x, say);
      const step = event.shiftKey ? farStep : 1;
      return first === undefined ? undefined : () => void act(visit, { type: "shapes.move", ids, dx: x * step + 0, dy: y * step + 0 });
    }
    if (event.key === "Escape") return () => visit.desk.set((now) => ({ ...now, tool: "select", selection: [] }));
    if (first === undefined) return undefined;
    if (event.key === "Delete" || event.key === "Backspace") return () => void act(visit, { type: "shapes.delete", ids });
    if (event.key === "Enter" && shapes.length === 1) return () => edit(visit, first.id);
    return undefined;
  };
  const press = (event: KeyboardEvent) => {
    if (isTaken(event)) return;
    const does = event.ctrlKey || event.metaKey ? command(event.key.toLowerCase(), event.shiftKey) : plain(event);
    if (does === undefined) return;
    event.preventDefault();
    does();
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

/** A field, a dialog or a menu has the keyboard; a button keeps Enter. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest("input, textarea, select, dialog, [role=menu]") !== null || (key === "Enter" && target.closest("button, a") !== null)
  );
}

/** The next shape from back to front, for those who see none of them. */
function goOn(visit: BoardVisit, step: number, say: (text: string) => void): void {
  const { layers, desk, camera, size } = visit;
  const { sorted } = layers;
  const [id] = desk.get().selection;
  const at = sorted.findIndex((shape) => shape.id === id);
  const next = sorted.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step + sorted.length) % sorted.length);
  if (next === undefined) return say("The board is empty.");
  select(visit, [next.id]);
  const bounds = boundsOf([next]);
  if (bounds !== undefined && !overlap(upright(bounds), seen(camera.get(), size.get())))
    camera.set((now) => centred({ x: bounds.x + bounds.w / 2, y: bounds.y + bounds.h / 2 }, now.scale, size.get()));
  say(`${wordsOf(next)}, ${sorted.indexOf(next) + 1} of ${sorted.length}`);
}
const wordsOf = ({ kind, text, stroke, pin }: Shape): string =>
  `${stroke} ${kind}${text === "" ? "" : ` “${text}”`}${pin === null ? "" : ", pinned"}`;
