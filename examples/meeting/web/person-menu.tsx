/** What may be done about one person. What is not possible stays in the menu and says why. */
import type { Participant } from "../../../machines/meeting.ts";
import { useConfirm } from "../../shared/confirm.tsx";
import { Popup } from "../../shared/popup.tsx";
import { type Command, CommandButton } from "./meeting-room.ts";
import { articleOf, rolesByRank } from "./roles.ts";

interface PersonMenuProps {
  readonly user: string;
  readonly person: Participant;
  readonly hand: boolean;
  readonly sharing: boolean;
}

export function PersonMenu({ user, person, hand, sharing }: PersonMenuProps) {
  const ask = useConfirm();
  return (
    <Popup label={`Actions for ${person.name}`} icon="more" look="icon">
      {(close) => (
        <>
          <CommandButton look="item" icon="floor" label="Give the floor" command={{ type: "floor.give", user }} onSent={close} />
          {hand ? <CommandButton look="item" icon="hand" label="Lower hand" command={{ type: "hand.lower", user }} onSent={close} /> : null}
          {sharing ? (
            <CommandButton look="item" icon="screen" label="Stop screen share" command={{ type: "screen.stop", user }} onSent={close} />
          ) : null}
          <CommandButton
            look="item"
            icon="muted"
            label={person.muted ? "Unmute" : "Mute"}
            command={{ type: person.muted ? "member.unmute" : "member.mute", user }}
            onSent={close}
          />
          <hr />
          {rolesByRank
            .filter((role) => role !== person.role)
            .map((role) => (
              <CommandButton
                key={role}
                look="item"
                icon={rolesByRank.indexOf(role) < rolesByRank.indexOf(person.role) ? "star" : "people"}
                label={`Make ${articleOf(role)}`}
                command={roleCommand(user, person.role, role)}
                onSent={close}
              />
            ))}
          <hr />
          <CommandButton
            look="item"
            icon="leave"
            label="Remove from meeting"
            command={{ type: "member.remove", user }}
            confirm={() => {
              close();
              return ask({
                title: `Remove ${person.name}?`,
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

function roleCommand(user: string, from: Participant["role"], to: Participant["role"]): Command {
  const rises = rolesByRank.indexOf(to) < rolesByRank.indexOf(from);
  return { type: rises ? "member.promote" : "member.demote", user, role: to };
}
