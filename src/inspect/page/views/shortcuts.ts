/** Keys that work anywhere on the page but in fields. From: app.tsx. */
import { useEffect } from "react";
import { go, route, tabs } from "../store/route.ts";

export function useKeys(onHelp: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      const { room, rev } = route.get();
      const tab = tabs[Number(event.key) - 1];
      if (event.key === "?") onHelp();
      else if (event.key === "/") document.querySelector<HTMLElement>("[data-filter], [data-search]:not([hidden])")?.focus();
      else if (room === undefined) return;
      else if (tab !== undefined) go({ tab });
      else if (event.key === "l") go({ rev: undefined });
      else if (event.key === ",") document.querySelector<HTMLElement>('[aria-label="One rev back"]')?.click();
      else if (event.key === "." && rev !== undefined) document.querySelector<HTMLElement>('[aria-label="One rev forward"]')?.click();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [onHelp]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=range], [type=checkbox]), textarea, select");
