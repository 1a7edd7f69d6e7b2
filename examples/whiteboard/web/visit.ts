/** One person's stay at one board: the room, their undo, and what is on their desk. Nothing on a desk is known to anybody else. */
import { createUndo, type Undo } from "quorate";
import { createContext, useContext } from "react";
import { createStore, type Store } from "../../shared/store.ts";
import { type Visit, visitRoom } from "../../shared/visit.ts";
import { shapesOf } from "../drawing.ts";
import { whiteboard } from "../room.ts";
import type { Box, Kind, Shape, Style } from "../shape.ts";
import { announce } from "./announce.ts";
import type { BoardRoom, Command } from "./board-room.ts";
import type { Camera, Size } from "./camera.ts";
import { Layers } from "./layers.ts";

export type Tool = "select" | "hand" | Kind;
/** A text under the keyboard: of a shape on the board, or of one that is not there yet. */
export interface Editing {
  readonly shape: Shape;
  readonly isNew: boolean;
}
export interface Desk {
  readonly tool: Tool;
  /** Of what is drawn next. */
  readonly style: Style;
  readonly selection: readonly string[];
  readonly editing: Editing | undefined;
  /** Whose guidance was turned down: it is followed again when somebody else guides. */
  readonly unfollowed: string | undefined;
}
/** What the pointer is doing. */
export type Hand =
  | { readonly does: "nothing" }
  | { readonly does: "pan" }
  | { readonly does: "frame"; readonly box: Box }
  | { readonly does: "draw"; readonly shape: Shape }
  /** The selection, from the frame that it had to where it is now. */
  | { readonly does: "carry"; readonly shapes: readonly Shape[]; readonly from: Box; readonly to: Box };

export interface BoardVisit extends Visit<BoardRoom> {
  readonly undo: Undo<typeof whiteboard>;
  readonly desk: Store<Desk>;
  readonly hand: Store<Hand>;
  readonly camera: Store<Camera>;
  readonly size: Store<Size>;
  readonly layers: Layers;
}

/** Connects at once. */
export function enter(id: string, name: string): BoardVisit {
  const visit = visitRoom(whiteboard, id, name);
  announce(visit.room, visit.toasts);
  return {
    ...visit,
    undo: createUndo(visit.room),
    desk: createStore<Desk>({
      tool: "select",
      style: { stroke: "ink", fill: "none", width: 2 },
      selection: [],
      editing: undefined,
      unfollowed: undefined,
    }),
    hand: createStore<Hand>({ does: "nothing" }),
    camera: createStore<Camera>({ x: -400, y: -300, scale: 1 }),
    size: createStore<Size>({ width: 800, height: 600 }),
    layers: new Layers(),
  };
}

const BoardContext = createContext<BoardVisit | undefined>(undefined);
export const BoardProvider = BoardContext.Provider;
export function useBoard(): BoardVisit {
  const board = useContext(BoardContext);
  if (board === undefined) throw new Error("This component needs a board around it.");
  return board;
}

/** What is selected and still there. */
export const selected = ({ room, desk }: BoardVisit): readonly Shape[] => shapesOf(room.state.context.drawing, desk.get().selection);
export const select = ({ desk }: BoardVisit, selection: readonly string[]): void => desk.set((now) => ({ ...now, selection }));

/** Looks there, by one's own will: whoever guided is no longer followed. */
export function look({ camera, desk, room }: BoardVisit, to: (now: Camera) => Camera): void {
  const { guide } = room.state.context;
  if (guide !== null && guide !== room.me?.user) desk.set((now) => (now.unfollowed === guide ? now : { ...now, unfollowed: guide }));
  camera.set(to);
}

/** Does it, so that it can be undone, or tells why not. Returns whether it is done, as far as can be told here. */
export function act({ room, undo, toasts }: BoardVisit, command: Command): boolean {
  const verdict = room.explain(command);
  if (verdict.verdict === "refused") toasts.tell(verdict.reason, "bad");
  else undo.send(command);
  return verdict.verdict !== "refused";
}
