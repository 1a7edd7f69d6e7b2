/** The chat: the last messages, oldest first. Follows the end unless the reader has scrolled up. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type ChatMessage, chatMessagesMax } from "../../../machines/meeting.ts";
import { Icon } from "../../shared/icons.tsx";
import { ChatComposer } from "./chat-composer.tsx";
import { ChatMessageItem } from "./chat-message.tsx";
import { useConnection, useMe, usePending, useSelect } from "./meeting-room.ts";

/** Nearer to the end than this counts as at the end. */
const endPx = 48;
/** Messages of one person within this time stand together. */
const groupMs = 5 * 60_000;

export function Chat() {
  const messages = useSelect((state) => state.context.meeting.chat);
  const me = useMe();
  const pending = usePending();
  const { status } = useConnection();
  const unconfirmed = new Set(pending.map(({ seq }) => `${me?.client}-${seq}`));
  const { list, atEnd, unseen, follow, toEnd } = useFollowing(messages);
  return (
    <div className="panel-body chat">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard */}
      <div ref={list} className="messages" role="log" aria-label="Messages" tabIndex={0} onScroll={follow}>
        {messages.length === 0 ? (
          <p className="empty">
            <Icon name="chat" size={22} />
            Nothing said yet. Messages here are seen by everyone in the room.
          </p>
        ) : null}
        {messages.length >= chatMessagesMax ? <p className="messages-start">Only the last {chatMessagesMax} messages are kept.</p> : null}
        <ol>
          {messages.map((message, index) => (
            <ChatMessageItem
              key={message.id}
              message={message}
              mine={message.user === me?.user}
              continues={continues(messages[index - 1], message)}
              state={!unconfirmed.has(message.id) ? "sent" : status === "live" ? "sending" : "waiting"}
            />
          ))}
        </ol>
      </div>
      {atEnd || unseen === 0 ? null : (
        <button type="button" className="button new-messages" data-look="primary" onClick={toEnd}>
          <Icon name="down" size={15} />
          {unseen === 1 ? "1 new message" : `${unseen} new messages`}
        </button>
      )}
      <ChatComposer onSent={toEnd} />
    </div>
  );
}

const continues = (before: ChatMessage | undefined, message: ChatMessage): boolean =>
  before !== undefined && before.user === message.user && message.at - before.at < groupMs;

/** Keeps the list at its end while the reader is there; counts what came while the reader is elsewhere. */
function useFollowing(messages: readonly ChatMessage[]) {
  const list = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [seen, setSeen] = useState(messages.at(-1)?.id);
  const last = messages.at(-1)?.id;
  const toEnd = () => {
    setAtEnd(true);
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  };
  const follow = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current ?? { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
    setAtEnd(scrollHeight - scrollTop - clientHeight < endPx);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: to be done again for each new last message
  useLayoutEffect(() => {
    if (atEnd && list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [atEnd, last]);
  useEffect(() => {
    if (atEnd) setSeen(last);
  }, [atEnd, last]);
  // The window or the keyboard of a phone may change the list's height.
  useEffect(() => {
    const element = list.current;
    if (element === null || !atEnd) return;
    const observer = new ResizeObserver(() => {
      element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [atEnd]);
  const seenAt = messages.findIndex(({ id }) => id === seen);
  return { list, atEnd, follow, toEnd, unseen: messages.length - 1 - seenAt };
}
