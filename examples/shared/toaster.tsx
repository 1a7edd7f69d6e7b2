/** Shows the toasts. They go by themselves, but not while somebody points at one or has the keyboard in it. */
import { useEffect, useState } from "react";
import { Icon } from "./icons.tsx";
import { useStore } from "./store.ts";
import type { Toast } from "./toasts.ts";
import { useVisit } from "./visit.ts";

const showMs = { news: 5_000, good: 5_000, bad: 9_000 } as const;

export function Toaster() {
  const { toasts } = useVisit();
  const list = useStore(toasts.list);
  return (
    <section className="toasts" aria-label="Notices" aria-live="polite" aria-relevant="additions">
      {list.map((toast) => (
        <ToastItem key={toast.key} toast={toast} />
      ))}
    </section>
  );
}

function ToastItem({ toast }: { readonly toast: Toast }) {
  const { toasts } = useVisit();
  const [held, setHeld] = useState(false);
  const { key, kind, text } = toast;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => toasts.dismiss(key), showMs[kind]);
    return () => clearTimeout(timer);
  }, [held, toasts, key, kind]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: holding it is a convenience; the button inside does what counts
    <div
      className="toast"
      data-testid="toast"
      data-kind={kind}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <i aria-hidden="true" />
      <p dir="auto">{text}</p>
      <button type="button" className="button" data-look="icon" aria-label="Dismiss" onClick={() => toasts.dismiss(key)}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}
