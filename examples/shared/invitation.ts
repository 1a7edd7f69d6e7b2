/** The link to a room, and what this browser remembers of the last visit. Each app, that is each path, has rooms of its own. */
import { isId } from "../../src/protocol/names.ts";

/** Without the slash at its end: with and without it are one app. */
const path = location.pathname.replace(/\/$/, "");
/** Other apps may be listed at `/`. */
export const isAtRoot: boolean = path === "";

const nameKey = "quorate.name";
const roomKey = `quorate.room${path}`;
/** Per tab: a reload goes back into the room, a new tab asks first. */
const insideKey = `quorate.inside${path}`;

/** The room that the address names, else the last one, else `first`. */
export function suggestedRoom(first: string): string {
  const named = new URLSearchParams(location.search).get("room") ?? decodedHash();
  return asRoomId(named !== "" ? named : (localStorage.getItem(roomKey) ?? first));
}
export const suggestedName = (): string => localStorage.getItem(nameKey) ?? "";

/** Who was inside before this page was loaded again. */
export function returning(): { readonly room: string; readonly name: string } | undefined {
  const room = suggestedRoom("");
  const name = suggestedName();
  return room !== "" && name !== "" && sessionStorage.getItem(insideKey) === room ? { room, name } : undefined;
}

export function rememberVisit(room: string, name: string): void {
  localStorage.setItem(nameKey, name);
  localStorage.setItem(roomKey, room);
  sessionStorage.setItem(insideKey, room);
  history.replaceState(null, "", linkTo(room));
}
export const forgetVisit = (): void => sessionStorage.removeItem(insideKey);

const linkTo = (room: string): string => `${location.origin}${path === "" ? "/" : path}?room=${encodeURIComponent(room)}`;

/** Rejects where the page may not write to the clipboard. */
export const copyLinkTo = (room: string): Promise<void> => navigator.clipboard.writeText(linkTo(room));

/** What was typed, as a room's id where that can be: blanks become dashes. */
export const asRoomId = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, "-")
    .replace(/[^A-Za-z0-9_.-]/g, "")
    .slice(0, 64);
export const isRoomId = (text: string): boolean => isId(text);

function decodedHash(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    // A link that was mangled on its way: as if it named nothing.
    return "";
  }
}
