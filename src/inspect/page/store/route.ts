/** What is looked at, kept in the address's fragment: a room, a tab, a rev, an actor. From: every view. */
import { createStore } from "./store.ts";

export const tabs = ["chart", "history", "events", "sessions"] as const;
export type Tab = (typeof tabs)[number];

export interface Route {
  readonly room: string | undefined;
  readonly tab: Tab;
  /** `undefined`: live. */
  readonly rev: number | undefined;
  readonly actor: string | undefined;
}

export function parseRoute(fragment: string): Route {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const rev = values.get("rev") ?? "";
  return {
    room: values.get("room") ?? undefined,
    tab: tabs.find((tab) => tab === values.get("tab")) ?? "chart",
    rev: /^\d{1,15}$/.test(rev) ? Number(rev) : undefined,
    actor: values.get("actor") ?? undefined,
  };
}

export function formatRoute({ room, tab, rev, actor }: Route): string {
  if (room === undefined) return "";
  const values = new URLSearchParams({ room, tab });
  if (rev !== undefined) values.set("rev", `${rev}`);
  if (actor !== undefined) values.set("actor", actor);
  return `#${values}`.replaceAll("%2F", "/").replaceAll("%3A", ":");
}

export const route = createStore<Route>({ room: undefined, tab: "chart", rev: undefined, actor: undefined });

/** A room and a tab are steps of the browser's history; revs are not, since there are many. */
export function go(change: Partial<Route>): void {
  const now = route.get();
  const next = { ...now, ...change };
  const address = `${location.pathname}${location.search}${formatRoute(next)}`;
  if (next.room !== now.room || next.tab !== now.tab) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  route.set(next);
}

export function followAddress(): void {
  const read = () => route.set(parseRoute(location.hash));
  read();
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
}
