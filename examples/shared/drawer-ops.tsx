/** The ops as they come in, newest first. */
import { DrawerPart } from "./drawer-part.tsx";
import { useStore } from "./store.ts";
import { useVisit } from "./visit.ts";

export function DrawerOps() {
  const { ops } = useVisit();
  const list = useStore(ops);
  return (
    <DrawerPart title="Ops" count={list.length}>
      {list.length === 0 ? (
        <p className="drawer-note">
          None since this page was opened: it came in with a snapshot. Where a view hides something, patches come instead.
        </p>
      ) : null}
      <ol className="drawer-ops" aria-label="Ops">
        {list.map(({ rev, by, type, payload }) => (
          <li key={rev} data-testid="dev-op">
            <b className="figures">{rev}</b>
            <bdi className="ellipsis">{by}</bdi>
            <span className="op-type">{type}</span>
            <code className="ellipsis">{payload}</code>
          </li>
        ))}
      </ol>
    </DrawerPart>
  );
}
