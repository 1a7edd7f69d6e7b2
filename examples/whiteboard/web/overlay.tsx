/** What lies over the shapes, in board units: one's own selection, the others' and their pointers. The renderer moves the whole of it with the camera. */
import { hueOf } from "../../shared/avatar.tsx";
import { useStore } from "../../shared/store.ts";
import { boxesMax } from "../commands.ts";
import { type Box, upright } from "../shape.ts";
import { usePresence, useRoom, useSelect } from "./board-room.ts";
import { boundsOf } from "./geometry.ts";
import { handles } from "./gestures.ts";
import { boxOf } from "./others-hands.ts";
import { selected, useBoard } from "./visit.ts";

export function Overlay() {
  return (
    <>
      <Others />
      <Selection />
      <Marquee />
    </>
  );
}

const placed = ({ x, y, w, h }: Box) => ({ left: x, top: y, width: w, height: h });

function Others() {
  const [others] = usePresence();
  return (
    <div aria-hidden="true">
      {[...others.values()].map(({ who, user, name, state: { held, cursor } }) => (
        <div key={who} style={hueOf(user)}>
          {held ? (
            <div
              className="held"
              data-testid="held"
              data-dragging={held.to !== undefined}
              style={placed(upright(boxOf(held.to ?? held.frame)))}
            />
          ) : null}
          {cursor ? (
            <span className="pointer" data-testid="cursor" style={{ left: cursor[0], top: cursor[1] }}>
              <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
                <path d="M2.5 1.8 15.6 7.3a.7.7 0 0 1 0 1.300l-5 1.900a1 1 0 0 0-.6.600l-1.9 5a.7.7 0 0 1-1.3 0z" />
              </svg>
              <bdi>{name}</bdi>
            </span>
          ) : null}
        </div>
      ))}
    </div>
  );
}

function Selection() {
  const visit = useBoard();
  const room = useRoom();
  useStore(visit.desk);
  useSelect(({ context }) => context.drawing);
  const hand = useStore(visit.hand);
  if (hand.does === "carry") return <div className="frame" data-testid="frame" style={placed(upright(hand.to))} />;
  const shapes = selected(visit);
  const frame = boundsOf(shapes);
  if (frame === undefined) return null;
  const user = room.me?.user;
  const isPinned = shapes.some(({ pin }) => pin !== null && pin !== user);
  const hasHandles = hand.does === "nothing" && shapes.length <= boxesMax && !isPinned;
  return (
    <>
      {shapes.length > 1 && shapes.length <= eachMax
        ? shapes.map((shape) => <div key={shape.id} className="frame" data-part style={placed(upright(shape))} />)
        : null}
      <div className="frame" data-testid="frame" data-pinned={shapes.some(({ pin }) => pin !== null)} style={placed(frame)}>
        {hasHandles ? handles.map((handle) => <i key={handle} className="handle" data-handle={handle} />) : null}
      </div>
    </>
  );
}
/** Of a larger selection the frame says enough. */
const eachMax = 50;

function Marquee() {
  const { hand } = useBoard();
  const now = useStore(hand);
  return now.does === "frame" ? <div className="marquee" style={placed(upright(now.box))} /> : null;
}
