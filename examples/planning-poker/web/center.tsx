/** The middle of the table: what is waited for, or what came out. */
import { haveAllVoted, votersOf, votesIn } from "../round.ts";
import { pointsText, verdictOf } from "../verdict.ts";
import { Countdown } from "./countdown.tsx";
import { CardFace } from "./playing-card.tsx";
import { useMe, useRound, useSelect, useStage } from "./poker-room.ts";

export function Center() {
  const stage = useStage();
  return (
    <div className="center" data-testid="stage" data-stage={stage}>
      {stage === "lobby" ? (
        <Lobby />
      ) : stage === "idle" ? (
        <Idle />
      ) : stage === "voting" ? (
        <Voting />
      ) : stage === "revealed" ? (
        <Revealed />
      ) : (
        <Ended />
      )}
    </div>
  );
}

function Lobby() {
  const isHost = useMe()?.role === "host";
  return (
    <>
      <h3>{isHost ? "Ready when you are" : "It starts soon"}</h3>
      <p>{isHost ? "Fill the backlog, then start the session." : "You can add stories meanwhile."}</p>
    </>
  );
}

function Idle() {
  const left = useSelect((state) => state.context.app.stories.filter(({ estimate }) => estimate === null).length);
  const total = useSelect((state) => state.context.app.stories.length);
  const [title, text] = idleWords(total, left);
  return (
    <>
      <h3>{title}</h3>
      <p>{text}</p>
    </>
  );
}

function idleWords(total: number, left: number): readonly [title: string, text: string] {
  if (total === 0) return ["An empty backlog", "What shall be estimated?"];
  if (left === 0) return ["All stories have an estimate", "Take them along from the stories."];
  return ["The table is free", left === 1 ? "One story to go." : `${left} stories to go.`];
}

function Voting() {
  const voted = useSelect((state) => votesIn(state.context));
  const voters = useSelect((state) => votersOf(state.context).length);
  const isAll = useSelect((state) => haveAllVoted(state.context));
  const endsAt = useRound()?.endsAt ?? null;
  return (
    <>
      {endsAt === null ? null : <Countdown endsAt={endsAt} />}
      <h3 role="status" data-testid="voted">
        {isAll ? "All have voted" : `${voted} of ${voters} voted`}
      </h3>
      <p>{isAll ? "Anyone may turn the cards." : "Nobody sees a card before all do."}</p>
    </>
  );
}

function Revealed() {
  const { consensus, average, median, spread } = verdictOf(useRound()?.shown ?? []);
  if (consensus !== null)
    return (
      <div className="agreed" role="status" data-testid="consensus">
        <span className="agreed-card">
          <CardFace card={consensus} />
        </span>
        <h3>{consensus === "☕" ? "Coffee break!" : consensus === "?" ? "Nobody can tell" : "Consensus"}</h3>
      </div>
    );
  if (average === null || median === null) return <h3 role="status">No estimate in sight</h3>;
  return (
    <>
      <h3 role="status">{spread.length === 1 ? "One voice" : "Talk it over"}</h3>
      <dl className="facts">
        <div>
          <dt>Average</dt>
          <dd className="figures" data-testid="average">
            {pointsText(average)}
          </dd>
        </div>
        <div>
          <dt>Median</dt>
          <dd className="figures" data-testid="median">
            {pointsText(median)}
          </dd>
        </div>
      </dl>
    </>
  );
}

const Ended = () => (
  <>
    <h3>The session has ended</h3>
    <p>The backlog stays here to be read.</p>
  </>
);
