/** What the page itself can do, for buttons, menus and keys alike. */
import { createContext, useContext } from "react";

export interface PageActions {
  copyLink(): Promise<void>;
  toggleHelp(): void;
  toggleDrawer(): void;
  leave(): void;
}

const PageContext = createContext<PageActions | undefined>(undefined);
export const PageProvider = PageContext.Provider;

export function usePage(): PageActions {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("This component needs a page around it.");
  return page;
}
