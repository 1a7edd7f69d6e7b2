/** The verdict on a round: how the cards spread, who should explain, and what becomes of it. */
import type { CSSProperties } from "react";
import { Popup } from "../../shared/popup.tsx";
import { type Card, sizes, wordOf } from "../deck.ts";
import type { Shown } from "../round.ts";
import { verdictOf } from "../verdict.ts";
import { CardFace } from "./playing-card.tsx";
import { CommandButton, useMe, useRound } from "./poker-room.ts";
import { TimePicker } from "./time-picker.tsx";
import { usePlan } from "./visit.ts";

export function Result() {
  const shown = useRound()?.shown ?? [];
  const { spread, consensus, outliers, suggestion } = verdictOf(shown);
  const [{ seconds }] = usePlan();
  return (
    <>
      <div className="foot-head">
        <p className="foot-words" data-testid="outliers">
          {consensus !== null ? (
            "All say the same."
          ) : outliers.length === 0 ? (
            "Close together."
          ) : (
            <>
              Far from the rest: <Names people={outliers} />
            </>
          )}
        </p>
        <TimePicker />
        <CommandButton command={{ type: "round.again", seconds }} label="Vote again" icon="retry" look="plain" shortcut="S" />
        <span className="accept">
          {suggestion === null ? null : (
            <CommandButton
              command={{ type: "round.accept", estimate: suggestion }}
              label={`Accept ${suggestion}`}
              icon="check"
              look="primary"
              shortcut="A"
            />
          )}
          <OtherEndings />
        </span>
      </div>
      <ol className="spread" aria-label="Cards">
        {spread.map(({ card, people }) => (
          <SpreadRow key={card} card={card} people={people} of={shown.length} agreed={card === consensus} />
        ))}
      </ol>
    </>
  );
}

interface SpreadRowProps {
  readonly card: Card;
  readonly people: readonly Shown[];
  readonly of: number;
  readonly agreed: boolean;
}

function SpreadRow({ card, people, of, agreed }: SpreadRowProps) {
  return (
    <li className="spread-row" data-testid="spread" data-card={card} data-agreed={agreed}>
      <CardFace card={card} />
      <span className="spread-main">
        <span className="spread-bar" style={{ "--part": people.length / of } as CSSProperties} aria-hidden="true" />
        <span className="spread-names ellipsis">
          <span className="visually-hidden">{wordOf(card)}: </span>
          <Names people={people} />
        </span>
      </span>
      <span className="count">{people.length}</span>
    </li>
  );
}

function Names({ people }: { readonly people: readonly Shown[] }) {
  const me = useMe()?.user;
  return people.map(({ user, name }, i) => (
    <span key={user}>
      {i === 0 ? "" : i === people.length - 1 ? " and " : ", "}
      <bdi>{user === me ? "you" : name}</bdi>
    </span>
  ));
}

/** Another estimate than the suggested one, or none. */
const OtherEndings = () => (
  <Popup label="Another estimate" icon="more" look="icon">
    {(close) => (
      <>
        <div className="sizes">
          {sizes.map((size) => (
            <CommandButton
              key={size}
              look="item"
              command={{ type: "round.accept", estimate: size }}
              label={`Accept ${wordOf(size)}`}
              onSent={close}
            >
              <CardFace card={size} />
            </CommandButton>
          ))}
        </div>
        <hr />
        <CommandButton look="item" icon="close" command={{ type: "round.drop" }} label="Leave it open" onSent={close} />
      </>
    )}
  </Popup>
);
