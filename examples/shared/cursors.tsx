/** The others' pointers over a surface that all look at. */
import { hueOf } from "./avatar.tsx";

export interface Cursor {
  readonly who: number;
  readonly user: string;
  readonly name: string;
  /** Fractions of the surface, so that each screen draws it in its own size. Outside of 0 to 1 it is not drawn. */
  readonly x: number;
  readonly y: number;
}

/** More would hide what they point at. */
const cursorsMax = 24;

export function Cursors({ cursors }: { readonly cursors: readonly Cursor[] }) {
  const shown = cursors.filter(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1);
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
