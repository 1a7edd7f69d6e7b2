/** Who is here, and what they do about the vote. */
import { Alone } from "../../shared/alone.tsx";
import { Avatar } from "../../shared/avatar.tsx";
import { Icon } from "../../shared/icons.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { CommandButton, useMe, useSelect } from "./poker-room.ts";
import { roleNames, rolesByRank } from "./roles.ts";
import { type People as Everyone, usePeople, useSeatCard } from "./seats.ts";

export function People() {
  const everyone = usePeople().toSorted(([, a], [, b]) => rolesByRank.indexOf(a.role) - rolesByRank.indexOf(b.role));
  return (
    <div className="panel-body people">
      <ul className="rows" aria-label="People">
        {everyone.map(([user, person]) => (
          <PersonRow key={user} user={user} person={person} />
        ))}
      </ul>
      {everyone.length === 1 ? <Alone /> : null}
      <Removed />
    </div>
  );
}

function PersonRow({ user, person }: { readonly user: string; readonly person: Everyone[number][1] }) {
  const me = useMe();
  const { face } = useSeatCard(user);
  const isOut = useSelect((state) => state.context.app.out.includes(user));
  const isVoting = useSelect((state) => state.matches({ app: "voting" }));
  return (
    <li className="row person" data-testid="person" data-away={person.status === "away"}>
      <Avatar user={user} name={person.name} size="m" />
      <span className="row-text">
        <bdi className="row-title ellipsis">{person.name}</bdi>
        <span className="row-note">
          {user === me?.user ? <b className="you">You</b> : null} {roleNames[person.role]}
          {isOut ? " · sits out" : person.status === "away" ? " · away" : ""}
        </span>
      </span>
      {isVoting && (face === "down" || face === "up") ? (
        <span className="tag" data-tone="voted">
          <Icon name="check" size={13} /> voted
        </span>
      ) : null}
      <PersonMenu user={user} person={person} />
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
            <bdi className="row-title ellipsis row-text">{name}</bdi>
            <CommandButton command={{ type: "member.readmit", user }} label="Readmit" look="quiet" />
          </li>
        ))}
      </ul>
    </>
  );
}
