/** Where one looks at the chart: zoom, pan, fit; by wheel, pointers and keys. From: chart-view.tsx. */
import { type KeyboardEvent, type PointerEvent, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}
interface Size {
  readonly width: number;
  readonly height: number;
}

const zoomMin = 0.1;
const zoomMax = 3;
const fitMax = 1.25;
const margin = 20;
const panStep = 60;

/** All of it, in the middle; small charts are not blown up. */
export function fitted(inner: Size, outer: Size): View {
  const k = Math.max(zoomMin, Math.min(fitMax, (outer.width - 2 * margin) / inner.width, (outer.height - 2 * margin) / inner.height));
  return { k, x: (outer.width - inner.width * k) / 2, y: Math.max(margin / 2, (outer.height - inner.height * k) / 2) };
}

/** The point under the pointer stays where it is. */
export function zoomed({ x, y, k }: View, by: number, at: { readonly x: number; readonly y: number }): View {
  const next = Math.max(zoomMin, Math.min(zoomMax, k * by));
  return { k: next, x: at.x - ((at.x - x) / k) * next, y: at.y - ((at.y - y) / k) * next };
}

export function useZoom(area: RefObject<HTMLElement | null>, inner: Size | undefined) {
  const [view, setView] = useState<View>({ x: 0, y: 0, k: 1 });
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  /** Until somebody moves it, the chart is kept in the middle whenever the window changes. */
  const isFitted = useRef(true);
  const fit = useCallback(() => {
    const element = area.current;
    if (element === null || inner === undefined) return;
    isFitted.current = true;
    setView(fitted(inner, { width: element.clientWidth, height: element.clientHeight }));
  }, [area, inner]);
  const change = useCallback((to: (view: View) => View) => {
    isFitted.current = false;
    setView(to);
  }, []);
  const zoom = useCallback(
    (by: number) => {
      const { clientWidth = 0, clientHeight = 0 } = area.current ?? {};
      change((now) => zoomed(now, by, { x: clientWidth / 2, y: clientHeight / 2 }));
    },
    [area, change],
  );
  useLayoutEffect(fit, [fit]);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => {
      if (isFitted.current) fit();
    });
    watch.observe(element);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const by = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002));
      change((now) => zoomed(now, by, { x: event.clientX - box.left, y: event.clientY - box.top }));
    };
    element.addEventListener("wheel", wheel, { passive: false }); // React's own listeners are passive
    return () => {
      watch.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, [area, fit, change]);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    pointers.current.set(event.pointerId, now);
    if (other === undefined) return change((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }));
    const box = event.currentTarget.getBoundingClientRect();
    const by = Math.hypot(now.x - other.x, now.y - other.y) / (Math.hypot(before.x - other.x, before.y - other.y) || 1);
    change((view) => zoomed(view, by, { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top }));
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => void pointers.current.delete(event.pointerId);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = pans[event.key];
    if (pan !== undefined) change((view) => ({ ...view, x: view.x + pan[0] * panStep, y: view.y + pan[1] * panStep }));
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0" || event.key === "f") fit();
    else return;
    event.preventDefault();
  };
  return { view, fit, zoom, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onKeyDown } };
}

const pans: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
