/** One message. While the server has not confirmed it, it says so. */
import type { ChatMessage } from "../../../machines/meeting.ts";
import { Avatar } from "../../shared/avatar.tsx";
import { Icon } from "../../shared/icons.tsx";
import { timeOfDay } from "../../shared/time.ts";

interface ChatMessageItemProps {
  readonly message: ChatMessage;
  readonly mine: boolean;
  /** Follows closely on another of the same person. */
  readonly continues: boolean;
  readonly state: "sent" | "sending" | "waiting";
}

const words = { sending: "Sending…", waiting: "Waiting for the connection" } as const;

export function ChatMessageItem({ message, mine, continues, state }: ChatMessageItemProps) {
  return (
    <li className="message" data-testid="message" data-pending={state !== "sent"} data-mine={mine} data-continues={continues}>
      {mine || continues ? <span className="message-gap" /> : <Avatar user={message.user} name={message.name} size="s" />}
      <div className="message-main">
        {continues ? null : (
          <p className="message-head">
            {mine ? <span className="message-name">You</span> : <bdi className="message-name ellipsis">{message.name}</bdi>}
            <time dateTime={new Date(message.at).toISOString()}>{timeOfDay(message.at)}</time>
          </p>
        )}
        <p className="message-text" dir="auto">
          {message.text}
        </p>
        {state === "sent" ? null : (
          <p className="message-state">
            <Icon name="clock" size={12} /> {words[state]}
          </p>
        )}
      </div>
    </li>
  );
}
