/** The page's one tooltip. Whatever carries `data-hint` gets it on hover, keyboard focus and tap. */
import { useEffect, useRef, useState } from "react";

interface Shown {
  readonly target: HTMLElement;
  readonly text: string;
  readonly key: string | undefined;
  readonly refused: boolean;
}

const hoverDelayMs = 350;
const gapPx = 8;

export function Hints() {
  const [shown, setShown] = useState<Shown | undefined>();
  const layer = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      setShown(undefined);
    };
    const show = (target: HTMLElement, delayMs: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => setShown(readHint(target)), delayMs);
    };
    const over = (event: PointerEvent) => {
      const target = hinted(event.target);
      if (target === undefined || event.pointerType === "touch") return;
      // A refusal is what people look for: at once.
      show(target, target.dataset["refused"] === undefined ? hoverDelayMs : 0);
    };
    const out = (event: PointerEvent) => {
      const target = hinted(event.target);
      if (target !== undefined && target !== hinted(event.relatedTarget) && target !== focusedHint()) hide();
    };
    const focus = (event: FocusEvent) => {
      const target = hinted(event.target);
      if (target?.matches(":focus-visible")) show(target, 0);
    };
    const click = (event: MouseEvent) => {
      const target = hinted(event.target);
      if (target?.dataset["refused"] === undefined) hide();
      else show(target, 0);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("pointerout", out);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    // Before the click does its work: what it makes impossible is no refusal of this click.
    document.addEventListener("click", click, { capture: true });
    document.addEventListener("keydown", key);
    document.addEventListener("scroll", hide, { capture: true, passive: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("pointerout", out);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("click", click, { capture: true });
      document.removeEventListener("keydown", key);
      document.removeEventListener("scroll", hide, { capture: true });
    };
  }, []);

  useEffect(() => {
    const element = layer.current;
    if (element === null || shown === undefined) return;
    // The top layer, so that neither a dialog nor a scrolling list hides it; again each time, to be above what opened meanwhile.
    element.showPopover();
    place(element, shown.target.getBoundingClientRect());
    return () => element.hidePopover();
  }, [shown]);

  return (
    <div ref={layer} className="hint" role="tooltip" popover="manual" data-refused={shown?.refused}>
      <span>{shown?.text}</span>
      {shown?.key === undefined ? null : <kbd>{shown.key}</kbd>}
    </div>
  );
}

const hinted = (target: EventTarget | null): HTMLElement | undefined =>
  target instanceof Element ? (target.closest<HTMLElement>("[data-hint]") ?? undefined) : undefined;

const focusedHint = (): HTMLElement | undefined =>
  document.activeElement?.matches(":focus-visible") ? hinted(document.activeElement) : undefined;

/** The text may have changed, or its element gone, between the wish and now. */
function readHint(target: HTMLElement): Shown | undefined {
  const { hint, hintKey, refused } = target.dataset;
  return !target.isConnected || hint === undefined ? undefined : { target, text: hint, key: hintKey, refused: refused !== undefined };
}

/** Above its target if there is room, else below; never beyond the window's edges. */
function place(element: HTMLElement, target: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const left = target.left + target.width / 2 - width / 2;
  const above = target.top - height - gapPx;
  element.style.left = `${Math.max(gapPx, Math.min(left, innerWidth - width - gapPx))}px`;
  element.style.top = `${above < gapPx ? target.bottom + gapPx : above}px`;
}
