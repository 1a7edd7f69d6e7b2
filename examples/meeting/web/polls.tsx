/** Questions to everyone, the newest first, with bars that move as votes come. */
import { useState } from "react";
import type { Poll } from "../../../machines/meeting.ts";
import { Icon } from "../../shared/icons.tsx";
import { CommandButton, useMe, useSelect } from "./meeting-room.ts";
import { NewPoll } from "./new-poll.tsx";

export function Polls() {
  const polls = useSelect((state) => state.context.meeting.polls);
  const [writing, setWriting] = useState(false);
  return (
    <div className="panel-body polls">
      <div className="panel-scroll">
        {writing ? <NewPoll onDone={() => setWriting(false)} /> : null}
        {polls.length === 0 && !writing ? (
          <p className="empty">
            <Icon name="poll" size={22} />
            No polls yet. Ask something, and watch the answers arrive.
          </p>
        ) : null}
        <ul className="cards" aria-label="Polls">
          {polls.toReversed().map((poll) => (
            <PollCard key={poll.id} poll={poll} />
          ))}
        </ul>
      </div>
      {writing ? null : (
        <div className="panel-foot">
          <button type="button" className="button" data-look="plain" data-wide onClick={() => setWriting(true)}>
            <Icon name="plus" size={17} />
            <span className="button-text">New poll</span>
          </button>
        </div>
      )}
    </div>
  );
}

function PollCard({ poll }: { readonly poll: Poll }) {
  const me = useMe();
  const votes = Object.values(poll.votes);
  const mine = me !== undefined && Object.hasOwn(poll.votes, me.user) ? poll.votes[me.user] : undefined;
  return (
    <li className="poll" data-testid="poll" data-open={poll.open}>
      <p className="poll-question" dir="auto">
        {poll.question}
      </p>
      <ul className="options" aria-label="Options">
        {poll.options.map((text, option) => {
          const count = votes.filter((vote) => vote === option).length;
          const percent = votes.length === 0 ? 0 : Math.round((count / votes.length) * 100);
          return (
            <li
              key={text}
              className="option"
              data-mine={mine === option}
              data-leads={count > 0 && votes.length > 0 && count * 2 > votes.length}
            >
              <span className="option-bar" style={{ width: `${percent}%` }} aria-hidden="true" />
              <VoteButton poll={poll.id} option={option} text={text} mine={mine === option} />
              <span className="option-count figures">
                {percent}%<span className="visually-hidden">, {count} votes</span>
              </span>
            </li>
          );
        })}
      </ul>
      <div className="poll-foot">
        <span className="row-note">
          {votes.length === 1 ? "1 vote" : `${votes.length} votes`}
          {poll.open ? "" : " · closed"}
        </span>
        {poll.open ? <CommandButton command={{ type: "poll.close", poll: poll.id }} label="Close poll" look="quiet" /> : null}
      </div>
    </li>
  );
}

interface VoteButtonProps {
  readonly poll: string;
  readonly option: number;
  readonly text: string;
  readonly mine: boolean;
}

const VoteButton = ({ poll, option, text, mine }: VoteButtonProps) => (
  <CommandButton command={{ type: "poll.vote", poll, option }} label={text} look="option" on={mine}>
    {mine ? <Icon name="check" size={15} /> : null}
    {mine ? <span className="visually-hidden">your vote</span> : null}
  </CommandButton>
);
