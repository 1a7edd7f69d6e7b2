/** What the platform gives: an address, and whether there is a network. Browsers, Bun and Node 22 or later. */
import type { Network } from "./link.ts";

/** Node and Bun do not know, and are taken to be online. */
export const platformNetwork: Network = {
  isOnline: () => globalThis.navigator?.onLine !== false,
  watch(changed) {
    const names = ["online", "offline"] as const;
    const tell = ({ type }: { readonly type: string }) => changed(type === names[0]);
    for (const name of names) globalThis.addEventListener?.(name, tell);
    return () => {
      for (const name of names) globalThis.removeEventListener?.(name, tell);
    };
  },
};

/** The WebSocket address of a room. Throws a `TypeError` where `url` is none. */
export function roomAddress(url: string, type: string, id: string): string {
  const base = new URL(url.replace(/\/?$/, "/"), globalThis.location?.href);
  return new URL(`rooms/${type}/${encodeURIComponent(id)}`, base).href.replace(/^http/, "ws");
}
