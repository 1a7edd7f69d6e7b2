/** In a list of people with one person in it. */
import { Icon } from "./icons.tsx";
import { usePage } from "./page-actions.ts";

export function Alone() {
  const page = usePage();
  return (
    <div className="empty">
      <p>You are the first one here.</p>
      <button type="button" className="button" data-look="plain" onClick={page.copyLink}>
        <Icon name="link" size={16} />
        <span className="button-text">Copy invitation</span>
      </button>
    </div>
  );
}
