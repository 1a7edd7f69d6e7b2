/** The link to a room, and what this browser remembers of the last visit. */
import { isId } from "../../../src/protocol/names.ts";

const nameKey = "quorate.name";
const roomKey = "quorate.room";
/** Per tab: a reload goes back into the meeting, a new tab asks first. */
const insideKey = "quorate.inside";
const firstRoom = "weekly";

/** The room that the address names, else the last one. */
export function suggestedRoom(): string {
  const named = new URLSearchParams(location.search).get("room") ?? decodedHash();
  return asRoomId(named !== "" ? named : (localStorage.getItem(roomKey) ?? firstRoom));
}
export const suggestedName = (): string => localStorage.getItem(nameKey) ?? "";

/** Who was inside before this page was loaded again. */
export function returning(): { readonly room: string; readonly name: string } | undefined {
  const room = suggestedRoom();
  const name = suggestedName();
  return name !== "" && sessionStorage.getItem(insideKey) === room ? { room, name } : undefined;
}

export function rememberVisit(room: string, name: string): void {
  localStorage.setItem(nameKey, name);
  localStorage.setItem(roomKey, room);
  sessionStorage.setItem(insideKey, room);
  history.replaceState(null, "", linkTo(room));
}
export const forgetVisit = (): void => sessionStorage.removeItem(insideKey);

const linkTo = (room: string): string => `${location.origin}/?room=${encodeURIComponent(room)}`;

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
