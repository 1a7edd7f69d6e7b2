/** The token: out of the address as soon as the page is there, then in this tab's memory alone. From: main.tsx. */

/** The page for Stately's inspector reads it, too. */
const key = "quorate.token";

/** Leaves the rest of the fragment as it is. */
export function takeToken(): string | undefined {
  const values = new URLSearchParams(location.hash.replace(/^#/, ""));
  const given = values.get("token");
  if (given !== null) {
    values.delete("token");
    const rest = values.size > 0 ? `#${values}` : "";
    history.replaceState(null, "", `${location.pathname}${location.search}${rest}`);
    sessionStorage.setItem(key, given);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

export const keepToken = (token: string): void => sessionStorage.setItem(key, token);
export const dropToken = (): void => sessionStorage.removeItem(key);
