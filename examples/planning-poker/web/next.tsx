/** Between rounds: start the session, fill the backlog, start a round. */
import { useConfirm } from "../../shared/confirm.tsx";
import { narrow, useMedia } from "../../shared/media.ts";
import { NewStory } from "./new-story.tsx";
import { CommandButton, nextStory, useSelect, useStage, useStories } from "./poker-room.ts";
import { SeatButton } from "./seat-button.tsx";
import { TimePicker } from "./time-picker.tsx";
import { usePlan } from "./visit.ts";

export function Next() {
  const stage = useStage();
  const isEmpty = useStories().length === 0;
  const next = useSelect(nextStory);
  const [{ seconds }] = usePlan();
  const small = useMedia(narrow);
  if (stage === "lobby" || isEmpty)
    return (
      <>
        {isEmpty && small ? <NewStory id="first-story" /> : null}
        <div className="foot-head">
          <p className="foot-words">
            {isEmpty ? "The backlog is empty: add a story, or paste a list." : "The backlog can grow at any time."}
          </p>
          <SeatButton />
          {stage === "lobby" ? (
            <CommandButton command={{ type: "meeting.start" }} label="Start session" icon="play" look="primary" />
          ) : null}
        </div>
      </>
    );
  return (
    <div className="foot-head">
      <p className="foot-words">
        {next === undefined ? (
          "Any story can be estimated anew: start it from the list."
        ) : (
          <>
            <span className="row-note">Next</span>
            <bdi className="foot-story" data-testid="next-story">
              {next.title}
            </bdi>
          </>
        )}
      </p>
      <SeatButton />
      <EndButton />
      <TimePicker />
      {next === undefined ? null : (
        <CommandButton
          command={{ type: "round.start", story: next.id, seconds }}
          label="Start round"
          icon="play"
          look="primary"
          shortcut="S"
        />
      )}
    </div>
  );
}

function EndButton() {
  const ask = useConfirm();
  return (
    <CommandButton
      command={{ type: "meeting.end" }}
      label="End session"
      icon="end"
      look="icon"
      confirm={() =>
        ask({
          title: "End the session for everyone?",
          text: "It cannot be opened again. The backlog stays readable.",
          yes: "End for everyone",
        })
      }
    />
  );
}
