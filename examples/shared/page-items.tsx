/** The page's own actions: as icons in the top bar, as items in a menu. */
import { Icon, type IconName } from "./icons.tsx";
import { usePage } from "./page-actions.ts";

export function PageItems({ look, onDone }: { readonly look: "icon" | "item"; readonly onDone?: () => void }) {
  const page = usePage();
  const items: readonly { readonly label: string; readonly icon: IconName; readonly shortcut?: string; readonly act: () => void }[] = [
    { label: "Copy link", icon: "link", act: page.copyLink },
    { label: "Keyboard shortcuts", icon: "help", shortcut: "?", act: page.toggleHelp },
    { label: "Developer tools", icon: "code", shortcut: "Ctrl .", act: page.toggleDrawer },
    { label: "Leave", icon: "leave", act: page.leave },
  ];
  return items.map(({ label, icon, shortcut, act }) => (
    <button
      key={label}
      type="button"
      role={look === "item" ? "menuitem" : undefined}
      className="button"
      data-look={look}
      data-hint={look === "icon" ? label : undefined}
      data-hint-key={shortcut}
      aria-label={label}
      onClick={() => {
        onDone?.();
        act();
      }}
    >
      <Icon name={icon} size={17} />
      {look === "icon" ? null : <span className="button-text">{label}</span>}
    </button>
  ));
}
