/** What may be done about one person: the meeting's own commands. What is not possible stays in the menu and says why. */
import { useConfirm } from "../../shared/confirm.tsx";
import { Popup } from "../../shared/popup.tsx";
import { type Command, CommandButton } from "./poker-room.ts";
import { articleOf, type Role, rolesByRank } from "./roles.ts";

interface PersonMenuProps {
  readonly user: string;
  readonly person: { readonly name: string; readonly role: Role };
}

export function PersonMenu({ user, person: { name, role } }: PersonMenuProps) {
  const ask = useConfirm();
  return (
    <Popup label={`Actions for ${name}`} icon="more" look="icon">
      {(close) => (
        <>
          {rolesByRank
            .filter((other) => other !== role)
            .map((other) => (
              <CommandButton
                key={other}
                look="item"
                icon={other === "observer" ? "eye" : rolesByRank.indexOf(other) < rolesByRank.indexOf(role) ? "star" : "people"}
                label={`Make ${articleOf(other)}`}
                command={roleCommand(user, role, other)}
                onSent={close}
              />
            ))}
          <hr />
          <CommandButton
            look="item"
            icon="leave"
            label="Remove from the table"
            command={{ type: "member.remove", user }}
            confirm={() => {
              close();
              return ask({
                title: `Remove ${name}?`,
                text: "They cannot come back until a host or cohost readmits them.",
                yes: "Remove",
              });
            }}
          />
        </>
      )}
    </Popup>
  );
}

function roleCommand(user: string, from: Role, to: Role): Command {
  const rises = rolesByRank.indexOf(to) < rolesByRank.indexOf(from);
  return { type: rises ? "member.promote" : "member.demote", user, role: to };
}
