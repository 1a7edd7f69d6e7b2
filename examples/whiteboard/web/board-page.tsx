/** A board, from the inside. */
import { useEffect, useMemo, useRef, useState } from "react";
import { Frame } from "../../shared/frame.tsx";
import { useStore } from "../../shared/store.ts";
import { TopBar } from "../../shared/top-bar.tsx";
import { RoomProvider, useSelect } from "./board-room.ts";
import { Editor } from "./editor.tsx";
import { GuideButton, GuideNote } from "./guide.tsx";
import { followKeys, shortcutsOf } from "./keys.ts";
import { Overlay } from "./overlay.tsx";
import { Lock, People } from "./people.tsx";
import { followPointer } from "./pointer.ts";
import { Renderer } from "./renderer.ts";
import { StyleBar } from "./style-bar.tsx";
import { tellPresence } from "./told.ts";
import { Tools } from "./tools.tsx";
import { everything, ViewBar } from "./view-bar.tsx";
import { BoardProvider, type BoardVisit, useBoard } from "./visit.ts";

const skipTo = { id: "board", label: "Skip to the board" };

export function BoardPage({ visit, onLeave }: { readonly visit: BoardVisit; readonly onLeave: () => void }) {
  const shortcuts = useMemo(() => shortcutsOf(visit), [visit]);
  return (
    <RoomProvider room={visit.room}>
      <BoardProvider value={visit}>
        <Frame visit={visit} name="Whiteboard" shortcuts={shortcuts} skipTo={skipTo} topBar={<Bar />} onLeave={onLeave}>
          <Board />
        </Frame>
      </BoardProvider>
    </RoomProvider>
  );
}

const Bar = () => (
  <TopBar>
    <Lock />
    <GuideButton />
    <People />
  </TopBar>
);

function Board() {
  const visit = useBoard();
  const root = useRef<HTMLElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const world = useRef<HTMLDivElement>(null);
  const [said, say] = useState("");
  const count = useSelect(({ context }) => context.count);
  const { tool } = useStore(visit.desk);
  const { does } = useStore(visit.hand);

  useEffect(() => {
    if (root.current === null || still.current === null || moving.current === null || world.current === null) return;
    const surface = root.current;
    let isSpaceDown = false;
    const space = (event: KeyboardEvent) => {
      if (event.key !== " " || (event.target instanceof Element && event.target.closest("textarea, input, button") !== null)) return;
      isSpaceDown = event.type === "keydown";
      surface.dataset["space"] = String(isSpaceDown);
      event.preventDefault();
    };
    let isFirst = true;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      visit.size.set({ width, height });
      // Nobody's will yet: a guide is still followed.
      if (isFirst) visit.camera.set((now) => everything(visit) ?? now);
      isFirst = false;
    });
    observer.observe(surface);
    const renderer = new Renderer(visit, { root: surface, still: still.current, moving: moving.current, world: world.current });
    const stops = [followPointer(visit, surface, () => isSpaceDown), followKeys(visit, say), tellPresence(visit)];
    window.addEventListener("keydown", space);
    window.addEventListener("keyup", space);
    return () => {
      window.removeEventListener("keydown", space);
      window.removeEventListener("keyup", space);
      observer.disconnect();
      renderer.stop();
      for (const stop of stops) stop();
    };
  }, [visit]);

  return (
    <main className="board-frame">
      <section
        ref={root}
        id="board"
        className="board"
        data-testid="board"
        data-tool={tool}
        data-hand={does}
        data-count={count}
        role="application"
        aria-roledescription="whiteboard"
        aria-label={`Board, ${count} ${count === 1 ? "shape" : "shapes"}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys draw, move and go from shape to shape here
        tabIndex={0}
      >
        <canvas ref={still} className="still" />
        <canvas ref={moving} className="moving" />
        <div ref={world} className="world">
          <Overlay />
          <Editor />
        </div>
        {count === 0 && tool === "select" ? (
          <p className="board-empty">
            An empty board. Take a tool and draw, or press <kbd>N</kbd> for a note.
          </p>
        ) : null}
        <GuideNote />
        <StyleBar />
        <Tools />
        <ViewBar />
      </section>
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </main>
  );
}
