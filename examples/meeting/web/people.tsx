/** Who is here, with raised hands first, in their order. */
import type { Participant } from "../../../machines/meeting.ts";
import { Alone } from "../../shared/alone.tsx";
import { Avatar } from "../../shared/avatar.tsx";
import { Icon } from "../../shared/icons.tsx";
import { type Arrived, useArrived } from "./arrivals.ts";
import { CommandButton, useMe, useSelect } from "./meeting-room.ts";
import { PersonMenu } from "./person-menu.tsx";
import { roleNames, rolesByRank } from "./roles.ts";

export function People() {
  const everyone = useArrived();
  const hands = useSelect((state) => state.context.meeting.hands);
  const speaker = useSelect((state) => state.context.meeting.speaker);
  const screen = useSelect((state) => state.context.meeting.screen);
  const raised = hands.flatMap((user) => everyone.filter(([present]) => present === user));
  const others = byRank(everyone.filter(([user]) => !hands.includes(user)));
  const rows = (entries: Arrived) =>
    entries.map(([user, person]) => (
      <PersonRow
        key={user}
        user={user}
        person={person}
        hand={hands.indexOf(user) + 1}
        speaking={user === speaker}
        sharing={user === screen}
      />
    ));
  return (
    <div className="panel-body people">
      {raised.length === 0 ? null : (
        <>
          <h3 className="list-title">
            Raised hands <span className="count">{raised.length}</span>
          </h3>
          <ol className="rows" aria-label="Raised hands">
            {rows(raised)}
          </ol>
          {others.length === 0 ? null : <h3 className="list-title">Everyone else</h3>}
        </>
      )}
      <ul className="rows" aria-label="People">
        {rows(others)}
      </ul>
      {raised.length + others.length === 1 ? <Alone /> : null}
      <Removed />
    </div>
  );
}

interface PersonRowProps {
  readonly user: string;
  readonly person: Participant;
  /** The place in the queue, from 1; 0 if the hand is down. */
  readonly hand: number;
  readonly speaking: boolean;
  readonly sharing: boolean;
}

function PersonRow({ user, person, hand, speaking, sharing }: PersonRowProps) {
  const me = useMe();
  return (
    <li className="row person" data-testid="person" data-away={person.status === "away"} data-speaking={speaking}>
      <span className="person-figure">
        <Avatar user={user} name={person.name} size="m" />
        <span className="status-dot" data-status={person.status} />
      </span>
      <span className="row-text">
        <bdi className="row-title ellipsis">{person.name}</bdi>
        <span className="row-note">
          {user === me?.user ? <b className="you">You</b> : null} {roleNames[person.role]}
          {speaking ? " · speaking" : sharing ? " · sharing" : person.status === "away" ? " · away" : ""}
        </span>
      </span>
      <span className="row-marks">
        {person.muted ? (
          <span className="muted-mark" data-hint="Muted: may not take the floor">
            <Icon name="muted" size={15} />
            <span className="visually-hidden">muted</span>
          </span>
        ) : null}
        {hand > 0 ? (
          <span className="tag" data-tone="hand" data-testid="hand">
            <Icon name="hand" size={13} />
            <span className="visually-hidden">hand</span> {hand}
          </span>
        ) : null}
      </span>
      <PersonMenu user={user} person={person} hand={hand > 0} sharing={sharing} />
    </li>
  );
}

/** Those who were removed, for whoever may let them in again. */
function Removed() {
  const removed = useSelect((state) => state.context.meeting.removed);
  if (removed.length === 0) return null;
  return (
    <>
      <h3 className="list-title">Removed</h3>
      <ul className="rows" aria-label="Removed">
        {removed.map(({ user, name }) => (
          <li key={user} className="row person" data-away>
            <Avatar user={user} name={name} size="m" />
            <span className="row-text">
              <bdi className="row-title ellipsis">{name}</bdi>
            </span>
            <CommandButton command={{ type: "member.readmit", user }} label="Readmit" look="quiet" />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Hosts first; within a role, in the order they came. */
const byRank = (people: Arrived): Arrived => people.toSorted(([, a], [, b]) => rolesByRank.indexOf(a.role) - rolesByRank.indexOf(b.role));
