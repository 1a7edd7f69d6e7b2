/** The others' pointers over the stage. Cursors travel as fractions of the stage, so that each screen draws them in its own size. */
import { hueOf } from "./avatar.tsx";
import { usePresence } from "./meeting-room.ts";

/** More would hide what they point at. */
const cursorsMax = 24;

export function Cursors() {
  const [others] = usePresence();
  const shown = [...others.values()].flatMap(({ who, user, name, state }) => {
    const [x, y] = state.cursor ?? [-1, -1];
    return x < 0 || x > 1 || y < 0 || y > 1 ? [] : [{ who, user, name, x, y }];
  });
  return (
    <div className="cursors" aria-hidden="true">
      {shown.slice(-cursorsMax).map(({ who, user, name, x, y }) => (
        <span key={who} className="cursor" data-testid="cursor" style={{ ...hueOf(user), left: `${x * 100}%`, top: `${y * 100}%` }}>
          <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
            <path d="M2.5 1.8 15.6 7.300a.7.7 0 0 1 0 1.300l-5 1.900a1 1 0 0 0-.6.600l-1.9 5a.7.7 0 0 1-1.3 0z" />
          </svg>
          <bdi>{name}</bdi>
        </span>
      ))}
    </div>
  );
}
