/** One column of the developer drawer. */
import { type ReactNode, useId } from "react";

export function DrawerPart({ title, count, children }: { readonly title: string; readonly count?: number; readonly children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard
    <section className="drawer-part" aria-labelledby={id} tabIndex={0}>
      <h3 id={id}>
        {title}
        {count === undefined ? null : <span className="count">{count}</span>}
      </h3>
      {children}
    </section>
  );
}
