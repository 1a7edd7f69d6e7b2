/** The state that is shown beside the state that is confirmed. */
import { DrawerPart } from "./drawer-part.tsx";
import { useOfRoom } from "./visit.ts";

export function DrawerState() {
  const shown = useOfRoom(({ state }) => state);
  const confirmed = useOfRoom((room) => room.confirmed);
  const changes = differences(shown.context, confirmed.context);
  const values = JSON.stringify(shown.value, null, 1);
  const valuesDiffer = values !== JSON.stringify(confirmed.value, null, 1);
  return (
    <DrawerPart title="State">
      <pre data-testid="dev-value">{values}</pre>
      {valuesDiffer ? (
        <>
          <h3>Confirmed</h3>
          <pre data-testid="dev-confirmed-value">{JSON.stringify(confirmed.value, null, 1)}</pre>
        </>
      ) : null}
      <h3>
        Ahead of the server <span className="count">{changes.length}</span>
      </h3>
      {changes.length === 0 ? <p className="drawer-note">What you see is what the server has confirmed.</p> : null}
      {changes.slice(0, changesMax).map(({ path, here, there }) => (
        <dl key={path} className="drawer-change">
          <dt>{path}</dt>
          <dd data-side="shown">
            <code>{excerpt(here)}</code>
          </dd>
          <dd data-side="confirmed">
            <code>{excerpt(there)}</code>
          </dd>
        </dl>
      ))}
    </DrawerPart>
  );
}

interface Change {
  readonly path: string;
  readonly here: unknown;
  readonly there: unknown;
}

const changesMax = 50;

/** The parts of a context that differ, two names deep: what is further down is shown with its part. */
function differences(here: unknown, there: unknown, path: readonly string[] = []): readonly Change[] {
  // Parts that did not change keep their reference; what was copied is compared by what it says.
  if (here === there || JSON.stringify(here) === JSON.stringify(there)) return [];
  if (path.length === 2 || !isRecord(here) || !isRecord(there)) return [{ path: path.join("."), here, there }];
  const names = new Set([...Object.keys(here), ...Object.keys(there)]);
  return [...names].flatMap((name) => differences(here[name], there[name], [...path, name]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The end of a long value: lists grow there. */
const excerptCharsMax = 240;
function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= excerptCharsMax ? text : `…${text.slice(-excerptCharsMax)}`;
}
