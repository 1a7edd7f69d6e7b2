/** Who lives in a room, from the server down: choosing one shows its chart. */
import { useState } from "react";
import { type Actor, actorsOf } from "../store/actor-tree.ts";
import { useInspector } from "../store/inspector.ts";
import { valueText } from "../store/log.ts";
import { sameList, useSelect } from "../store/store.ts";
import { Icon, type IconName } from "./icons.tsx";
import { TreeRows } from "./tree-rows.tsx";

interface Props {
  readonly room: string;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

const icons: Readonly<Record<string, IconName>> = {
  server: "server",
  room: "room",
  domain: "domain",
  session: "person",
  service: "service",
};

export function Actors({ room, selected, onSelect }: Props) {
  const { live } = useInspector();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const actors = useSelect(live, (now) => actorsOf(now, room, folded), sameRows);
  const toggle = (id: string): void =>
    setFolded((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  if (actors.rows.length === 0) return <p className="empty">Nothing lives here: the room sleeps.</p>;
  return (
    <>
      <TreeRows
        label="Actors"
        selected={selected}
        rows={actors.rows.map(({ actor, level, hasBelow }) => ({
          id: actor.id,
          level,
          isOpen: hasBelow ? !folded.has(actor.id) : undefined,
          content: <ActorItem actor={actor} />,
        }))}
        onToggle={toggle}
        onSelect={onSelect}
      />
      {actors.left > 0 ? <p className="note">{actors.left} more are not shown.</p> : null}
    </>
  );
}

type Tree = ReturnType<typeof actorsOf>;
const sameRows = (a: Tree, b: Tree): boolean =>
  a.left === b.left &&
  sameList(
    a.rows.map(({ actor }) => actor),
    b.rows.map(({ actor }) => actor),
  ) &&
  a.rows.every(({ hasBelow }, i) => hasBelow === b.rows[i]?.hasBelow);

function ActorItem({ actor: { id, name, snapshot } }: { readonly actor: Actor }) {
  const [kind = ""] = id.split(":");
  const state = snapshot.status === "active" ? valueText(snapshot.value) : snapshot.status;
  return (
    <span className="actor" data-testid="actor" data-actor={id} data-ended={snapshot.status !== "active"}>
      <Icon name={icons[kind] ?? "actor"} size={14} />
      <span className="actor-name ellipsis">{name}</span>
      <span className="actor-state ellipsis" data-session={kind === "session" ? state.split(".").at(-1) : undefined} title={state}>
        {state}
      </span>
    </span>
  );
}
