/** Colours and lines: of what is selected, and of what is drawn next. With a selection, also what can be done with it. */
import { useStore } from "../../shared/store.ts";
import { type Colour, colours, type Style, takesText, type Width, widths } from "../shape.ts";
import { type Command, CommandButton, useSelect } from "./board-room.ts";
import { dark, light } from "./shades.ts";
import { ToolIcon, type ToolIconName } from "./tool-icons.tsx";
import { act, type BoardVisit, selected, useBoard } from "./visit.ts";

const widthNames: Readonly<Record<Width, string>> = { 2: "Thin", 4: "Medium", 8: "Thick" };

export function StyleBar() {
  const visit = useBoard();
  const { tool, style, editing } = useStore(visit.desk);
  useSelect(({ context }) => context.drawing);
  const shapes = selected(visit);
  const [first] = shapes;
  if (editing !== undefined || (first === undefined && (tool === "select" || tool === "hand"))) return null;
  const shown = first ?? style;
  const hasFill =
    first === undefined
      ? tool !== "pen" && tool !== "line" && tool !== "arrow" && tool !== "text"
      : takesText(first.kind) && first.kind !== "text";
  const isNote = first === undefined ? tool === "note" : shapes.every(({ kind }) => kind === "note");
  const fillOf = (colour: Colour) => (shown.fill === "none" && !isNote ? {} : { fill: colour });
  return (
    <div className="style-bar card" role="toolbar" aria-label="Style" data-over>
      <fieldset className="group" aria-label="Colour">
        {colours.map((colour) => (
          <button
            key={colour}
            type="button"
            className="swatch"
            aria-label={colour}
            aria-pressed={isNote ? shown.fill === colour : shown.stroke === colour}
            data-hint={colour}
            style={swatch(colour, isNote)}
            onClick={() => restyle(visit, isNote ? { fill: colour } : { stroke: colour, ...(hasFill ? fillOf(colour) : {}) })}
          />
        ))}
      </fieldset>
      {hasFill && !isNote ? (
        <button
          type="button"
          className="button fill-switch"
          data-look="quiet"
          aria-pressed={shown.fill !== "none"}
          data-on={shown.fill !== "none"}
          onClick={() => restyle(visit, { fill: shown.fill === "none" ? shown.stroke : "none" })}
        >
          Fill
        </button>
      ) : null}
      <fieldset className="group" aria-label="Line">
        {widths.map((width) => (
          <button
            key={width}
            type="button"
            className="button"
            data-look="icon"
            aria-label={widthNames[width]}
            aria-pressed={shown.width === width}
            data-on={shown.width === width}
            data-hint={widthNames[width]}
            onClick={() => restyle(visit, { width })}
          >
            <i className="width" data-width={width} />
          </button>
        ))}
      </fieldset>
      {shapes.length > 0 ? <Actions ids={shapes.map(({ id }) => id)} isPinned={shapes.some(({ pin }) => pin !== null)} /> : null}
    </div>
  );
}

/** `light-dark()` in an inline style follows the theme by itself. */
const swatch = (colour: Colour, isNote: boolean) => {
  const shade = isNote ? "note" : "line";
  return { background: `light-dark(${light[colour][shade]}, ${dark[colour][shade]})` };
};

function restyle(visit: BoardVisit, style: Partial<Style>): void {
  visit.desk.set((now) => ({ ...now, style: { ...now.style, ...style } }));
  const ids = selected(visit).map(({ id }) => id);
  if (ids.length > 0) act(visit, { type: "shapes.style", styles: [{ ids, ...style }] });
}

function Actions({ ids, isPinned }: { readonly ids: string[]; readonly isPinned: boolean }) {
  const visit = useBoard();
  const actions: readonly (readonly [label: string, icon: ToolIconName, shortcut: string, command: Command])[] = [
    ["To front", "front", "]", { type: "shapes.order", ids, to: "front" }],
    ["To back", "back", "[", { type: "shapes.order", ids, to: "back" }],
    ["Duplicate", "copy", "Ctrl D", { type: "shapes.duplicate", ids, dx: 24, dy: 24 }],
    isPinned ? ["Unpin", "unpin", "", { type: "shapes.unpin", ids }] : ["Pin", "pin", "", { type: "shapes.pin", ids }],
    ["Delete", "trash", "Del", { type: "shapes.delete", ids }],
  ];
  return (
    <fieldset className="group actions" aria-label="Selection">
      {actions.map(([label, icon, shortcut, command]) => (
        <CommandButton
          key={label}
          command={command}
          label={label}
          look="icon"
          {...(shortcut === "" ? {} : { shortcut })}
          send={() => void visit.undo.send(command)}
        >
          <ToolIcon name={icon} />
        </CommandButton>
      ))}
    </fieldset>
  );
}
