/** What is beside a state: timers, services, who was there. */
import type { StateAt } from "../../api.ts";
import { count, dateAndTime } from "./words.ts";

export function StateFacts({ state: { status, timers, services, roster, at } }: { readonly state: StateAt }) {
  return (
    <div className="facts">
      <section aria-label="Timers">
        <h4>Timers</h4>
        {timers.length === 0 ? <p className="soft">None runs.</p> : null}
        <ul>
          {timers.map(({ id, dueAt }) => (
            <li key={id} data-testid="timer">
              <span className="mono">{id}</span>
              <span className="soft">
                due in {count(Math.round((dueAt - at) / 1_000))} s, {dateAndTime(dueAt)}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Services">
        <h4>Services</h4>
        {services.length === 0 ? <p className="soft">None runs.</p> : null}
        <ul>
          {services.map((id) => (
            <li key={id} className="mono">
              {id}
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Roster">
        <h4>
          Roster <span className="count">{roster.length}</span>
        </h4>
        {roster.length === 0 ? <p className="soft">Nobody was here.</p> : null}
        <ul>
          {roster.map(({ who, user, name, role, client }) => (
            <li key={who}>
              <span>
                <b>{name}</b> <span className="soft">{role}</span>
              </span>
              <span className="soft mono">
                {who} · {user} · {client}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <p className="soft">Status: {status}</p>
    </div>
  );
}
