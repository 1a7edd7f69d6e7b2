/**
 * A button for one command. When the room would refuse it, the button stays reachable, looks disabled and says why:
 * on hover, on focus, on a tap, and to screen readers.
 */
import { type ReactNode, useId } from "react";
import type { AnyCommand, AnyRoom } from "./any-room.ts";
import { Icon, type IconName } from "./icons.tsx";
import { useOfRoom, useVisit } from "./visit.ts";

export interface CommandButtonProps<Command extends AnyCommand> {
  readonly command: Command;
  /** The accessible name; shown as text too, unless `look` is "icon". */
  readonly label: string;
  /** The text to show where the label is too long; part of it, so that voice control finds the button. */
  readonly short?: string;
  readonly icon?: IconName;
  readonly look?: "primary" | "plain" | "quiet" | "danger" | "icon" | "dock" | "item" | "option";
  /** It stands for something that is on. */
  readonly on?: boolean;
  /** A number to show on it. */
  readonly badge?: number;
  /** Why the form around it is not ready, asked before the room is. */
  readonly blocked?: string | undefined;
  /** The key that does the same. */
  readonly shortcut?: string;
  /** Asked before the command is sent; resolves to whether it shall be. */
  readonly confirm?: () => Promise<boolean>;
  readonly onSent?: () => void;
  /** Sends it, instead of `room.send`: so that it can be undone, say. */
  readonly send?: () => void;
  readonly submit?: boolean;
  readonly children?: ReactNode;
}

/** Apps bind it to their own commands: `const CommandButton: (props: CommandButtonProps<Command>) => ReactNode = AnyCommandButton`. */
export function AnyCommandButton(props: CommandButtonProps<AnyCommand>) {
  const { command, label, short, icon, look = "plain", on, badge, blocked, shortcut, confirm, onSent, send, submit, children } = props;
  const { room } = useVisit();
  const refused = useOfRoom(() => refusalOf(room, command));
  const reasonId = useId();
  const reason = blocked ?? refused;
  const hint = reason ?? (look === "icon" || look === "dock" ? label : undefined);
  const act = async () => {
    if (reason !== undefined) return;
    if (confirm !== undefined && !(await confirm())) return;
    if (send === undefined) room.send(command);
    else send();
    onSent?.();
  };
  return (
    <button
      type={submit ? "submit" : "button"}
      role={look === "item" ? "menuitem" : undefined}
      className="button"
      data-look={look}
      data-on={on}
      data-badge={badge}
      data-hint={hint}
      data-hint-key={reason === undefined ? shortcut : undefined}
      data-refused={reason === undefined ? undefined : ""}
      aria-label={label}
      aria-disabled={reason === undefined ? undefined : true}
      aria-describedby={reason === undefined ? undefined : reasonId}
      aria-keyshortcuts={shortcut}
      onClick={submit ? undefined : () => void act()}
    >
      {icon === undefined ? null : <Icon name={icon} size={look === "dock" ? 20 : 17} />}
      {look === "icon" ? null : <span className="button-text">{look === "dock" ? (short ?? label) : label}</span>}
      {children}
      {reason === undefined ? null : (
        <span id={reasonId} hidden>
          {reason}
        </span>
      )}
    </button>
  );
}

function refusalOf(room: AnyRoom, command: AnyCommand): string | undefined {
  const verdict = room.explain(command);
  return verdict.verdict === "refused" ? verdict.reason : undefined;
}
