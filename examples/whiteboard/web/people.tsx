/** Who is here, in the top bar; for hosts, with a menu of roles. */
import { Avatar } from "../../shared/avatar.tsx";
import { Icon } from "../../shared/icons.tsx";
import { narrow, useMedia } from "../../shared/media.ts";
import { Popup } from "../../shared/popup.tsx";
import type { Role } from "../board.ts";
import { CommandButton, useMe, useSelect } from "./board-room.ts";

const roleNames: Readonly<Record<Role, string>> = { host: "Host", cohost: "Cohost", member: "Member", observer: "Observer" };
const shownMax = { wide: 5, narrow: 2 } as const;

export function People() {
  const people = useSelect(({ context }) => context.people);
  const small = useMedia(narrow);
  const me = useMe();
  const all = Object.entries(people).toSorted(([a], [b]) => Number(b === me?.user) - Number(a === me?.user));
  const most = small ? shownMax.narrow : shownMax.wide;
  return (
    <div className="people">
      <ul className="faces" aria-label="People">
        {all.slice(0, most).map(([user, { name, role }]) => (
          <li key={user} data-testid="person" data-hint={`${name}${user === me?.user ? " (you)" : ""} · ${roleNames[role]}`}>
            <Avatar user={user} name={name} size="s" />
            <span className="visually-hidden">
              {name}, {roleNames[role]}
            </span>
          </li>
        ))}
        {all.length > most ? (
          <li>
            <span className="avatar" data-size="s" data-more>
              +{all.length - most}
            </span>
          </li>
        ) : null}
      </ul>
      <Popup label="People and roles" icon="people" look="icon">
        {() =>
          all
            .slice(0, listedMax)
            .map(([user, { name, role }]) => <PersonItem key={user} user={user} name={name} role={role} isMe={user === me?.user} />)
        }
      </Popup>
    </div>
  );
}
const listedMax = 30;

/** Roles as a host gives them: who may draw, and who may only watch. */
function PersonItem({
  user,
  name,
  role,
  isMe,
}: {
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  readonly isMe: boolean;
}) {
  return (
    <fieldset className="person" aria-label={name}>
      <Avatar user={user} name={name} size="s" />
      <span className="person-name">
        <bdi className="ellipsis">{name}</bdi>
        <small>
          {isMe ? "You · " : ""}
          {roleNames[role]}
        </small>
      </span>
      {role === "observer" ? (
        <CommandButton command={{ type: "person.role", user, role: "member" }} label="Let draw" look="item" />
      ) : (
        <>
          {role === "host" ? null : <CommandButton command={{ type: "person.role", user, role: "host" }} label="Make host" look="item" />}
          <CommandButton command={{ type: "person.role", user, role: "observer" }} label="Only watch" look="item" />
        </>
      )}
    </fieldset>
  );
}

/** Locked or open, and whose eyes lead. */
export function Lock() {
  const isLocked = useSelect((state) => state.matches({ access: "locked" }));
  return (
    <>
      {isLocked ? (
        <span className="tag" data-tone="hand" data-testid="locked">
          <Icon name="lock" size={13} /> <span className="tag-word">Locked</span>
        </span>
      ) : null}
      <CommandButton
        command={{ type: isLocked ? "board.unlock" : "board.lock" }}
        label={isLocked ? "Unlock the board" : "Lock the board"}
        icon={isLocked ? "unlock" : "lock"}
        look="icon"
      />
    </>
  );
}
