/** What each audience saw at a rev; what was hidden from it is marked. */
import { useState } from "react";
import type { StateAt } from "../../api.ts";
import { useNameOf } from "../store/inspector.ts";
import { JsonTree } from "./json-tree.tsx";

export function SeenBy({ state: { audiences } }: { readonly state: StateAt }) {
  const [chosen, setChosen] = useState<string>();
  const nameOf = useNameOf();
  const audience = audiences.find((one) => one.audience === chosen) ?? audiences[0];
  if (audience === undefined) return <p className="empty">Nobody was here at this rev, so nobody saw it.</p>;
  return (
    <div className="seen-by">
      <fieldset className="chips">
        <legend className="visually-hidden">Audience</legend>
        {audiences.map((one) => (
          <button
            key={one.audience}
            type="button"
            className="chip"
            data-testid="audience"
            aria-pressed={one === audience}
            onClick={() => setChosen(one.audience)}
          >
            {one.audience} <span className="soft figures">{one.users.length}</span>
          </button>
        ))}
      </fieldset>
      <p className="soft">{audience.users.length === 0 ? "Nobody." : audience.users.map(nameOf).join(", ")}</p>
      <JsonTree label={`As ${audience.audience} saw it`} value={audience.state} />
      {Object.entries(audience.own ?? {}).map(([user, own]) => (
        <section key={user} aria-label={`What ${nameOf(user)} saw besides`}>
          <h4>What {nameOf(user)} saw besides</h4>
          <JsonTree label={`What ${nameOf(user)} saw besides`} value={own} openLevels={4} />
        </section>
      ))}
    </div>
  );
}
