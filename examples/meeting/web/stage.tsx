/** What everybody looks at: the table with its seats, who has the floor, a shared screen, cursors and reactions. */
import type { PointerEvent } from "react";
import { Cursors } from "../../shared/cursors.tsx";
import { AgendaNow } from "./agenda-now.tsx";
import { Center } from "./center.tsx";
import { FloatingReactions } from "./floating-reactions.tsx";
import { usePresence, useSelect } from "./meeting-room.ts";
import { ScreenShare } from "./screen-share.tsx";
import { Seats } from "./table.tsx";

/** Outside of the stage, so nobody draws it: presence fields can be overwritten, not taken away one by one. */
const nowhere: [number, number] = [-1, -1];

export function Stage() {
  const [, setPresence] = usePresence();
  const screen = useSelect((state) => state.context.meeting.screen);
  const point = ({ currentTarget, clientX, clientY, pointerType }: PointerEvent) => {
    if (pointerType === "touch") return;
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    setPresence({ cursor: [fraction(clientX - left, width), fraction(clientY - top, height)] });
  };
  return (
    <section
      className="stage card"
      id="stage"
      aria-label="Stage"
      data-sharing={screen !== null}
      onPointerMove={point}
      onPointerLeave={() => setPresence({ cursor: nowhere })}
    >
      <AgendaNow />
      <div className="table">
        {screen === null ? <Center /> : <ScreenShare user={screen} />}
        <Seats />
        <FloatingReactions />
      </div>
      <StageCursors />
    </section>
  );
}

/** By itself, so that a moving cursor renders nothing else. */
function StageCursors() {
  const [others] = usePresence();
  const cursors = [...others.values()].map(({ state, ...person }) => {
    const [x, y] = state.cursor ?? nowhere;
    return { ...person, x, y };
  });
  return <Cursors cursors={cursors} />;
}

/** Three digits are finer than any screen needs. */
const fraction = (part: number, whole: number): number => Math.round((part / whole) * 1_000) / 1_000;
