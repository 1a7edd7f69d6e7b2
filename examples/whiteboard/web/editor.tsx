/** The text of a shape under the keyboard, in its place on the board. Escape and a click elsewhere are done with it. */
import { useEffect, useRef } from "react";
import { useStore } from "../../shared/store.ts";
import { textCharsMax, upright } from "../shape.ts";
import { created } from "./gestures.ts";
import { heightFor, isCentred, letterSize, lineHeight, paddingOf } from "./lettering.ts";
import { act, type BoardVisit, type Editing, useBoard } from "./visit.ts";

export function Editor() {
  const { desk } = useBoard();
  const { editing } = useStore(desk);
  return editing === undefined ? null : <Field key={editing.shape.id} editing={editing} />;
}

function Field({ editing }: { readonly editing: Editing }) {
  const visit = useBoard();
  const field = useRef<HTMLTextAreaElement>(null);
  const { shape } = editing;
  const { x, y, w, h } = upright(shape);
  const padding = paddingOf(shape);
  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);
  const fit = (element: HTMLTextAreaElement) => {
    element.style.height = "0";
    element.style.height = `${Math.max(isCentred(shape) ? 0 : h, element.scrollHeight)}px`;
  };
  return (
    <div className="editor" data-centred={isCentred(shape)} style={{ left: x, top: y, width: w, height: h }}>
      <textarea
        ref={(element) => {
          field.current = element;
          if (element !== null) fit(element);
        }}
        aria-label="Text"
        className="editor-field"
        data-stroke={shape.stroke}
        style={{ padding, fontSize: letterSize(shape), lineHeight }}
        defaultValue={shape.text}
        maxLength={textCharsMax}
        dir="auto"
        spellCheck={false}
        onInput={({ currentTarget }) => fit(currentTarget)}
        onBlur={({ currentTarget }) => finish(visit, editing, currentTarget.value)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) event.currentTarget.blur();
        }}
      />
    </div>
  );
}

/** A note may stay empty; a text without words is none. */
function finish(visit: BoardVisit, { shape, isNew }: Editing, written: string): void {
  const text = written.trimEnd();
  const h = isCentred(shape) ? shape.h : heightFor(shape, text, shape.kind === "text" ? 1 : shape.h);
  if (isNew) {
    if (text !== "" || shape.kind === "note") act(visit, created({ ...shape, text, h }));
  } else if (text === "" && shape.kind === "text") act(visit, { type: "shapes.delete", ids: [shape.id] });
  else if (text !== shape.text) act(visit, { type: "shape.write", shape: shape.id, text, ...(h === shape.h ? {} : { h }) });
  visit.desk.set((now) => ({ ...now, editing: undefined, selection: isNew ? [] : [shape.id] }));
}
