/** The connection, what is pending, and the lab's two handles. */
import { DrawerPart } from "./drawer-part.tsx";
import { latencyMsMax } from "./lab.ts";
import { useStore } from "./store.ts";
import { useConnection, useOfRoom, usePending, useRev, useVisit } from "./visit.ts";

export function DrawerNetwork() {
  const { lab } = useVisit();
  const { cut, latencyMs } = useStore(lab.settings);
  const { status, code, reason, saving } = useConnection();
  const me = useOfRoom((room) => room.me);
  const pending = usePending();
  const facts = [
    ["status", code === undefined ? status : `${status} (${code})`],
    ["reason", reason ?? "–"],
    ["rev", String(useRev())],
    ["me", me === undefined ? "–" : `${me.name} · ${me.role} · who ${me.who}`],
    ["user", me?.user ?? "–"],
    ["client", me?.client ?? "–"],
    ["saving", saving ? "yes" : "no"],
  ] as const;
  return (
    <DrawerPart title="Network">
      <label className="switch-row">
        <input
          type="checkbox"
          role="switch"
          aria-checked={cut}
          className="switch"
          checked={cut}
          onChange={({ currentTarget }) => lab.settings.set((now) => ({ ...now, cut: currentTarget.checked }))}
        />
        Cut the network
      </label>
      <div className="slider-row">
        <span aria-hidden="true">
          Latency, each way <span className="figures">{latencyMs} ms</span>
        </span>
        <input
          type="range"
          aria-label="Latency"
          aria-valuetext={`${latencyMs} ms each way`}
          min={0}
          max={latencyMsMax}
          step={50}
          value={latencyMs}
          onChange={({ currentTarget }) => lab.settings.set((now) => ({ ...now, latencyMs: Number(currentTarget.value) }))}
        />
      </div>
      <dl className="drawer-facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd data-testid={`dev-${term}`}>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>
        Pending <span className="count">{pending.length}</span>
      </h3>
      {pending.length === 0 ? <p className="drawer-note">Every command has its fate.</p> : null}
      <ol className="drawer-pending" aria-label="Pending commands">
        {pending.map(({ seq, command, predicted }) => (
          <li key={seq}>
            <b>{seq}</b> <code>{JSON.stringify(command)}</code> {predicted ? "" : "(not predicted)"}
          </li>
        ))}
      </ol>
    </DrawerPart>
  );
}
