/** The backlog: what is to be estimated, in order, and what came out. */
import { Icon } from "../../shared/icons.tsx";
import { totalOf } from "../minutes.ts";
import { pointsText } from "../verdict.ts";
import { CopyButtons } from "./copy-buttons.tsx";
import { NewStory } from "./new-story.tsx";
import { useSelect, useStories } from "./poker-room.ts";
import { StoryRow } from "./story-row.tsx";

export function Stories() {
  const stories = useStories();
  const running = useSelect((state) => state.context.app.round?.story);
  return (
    <div className="panel-body stories">
      <div className="panel-scroll">
        {stories.length === 0 ? (
          <p className="empty">
            <Icon name="agenda" size={22} />
            No stories yet. Add them one by one, or paste a list.
          </p>
        ) : (
          <ol className="cards" aria-label="Stories">
            {stories.map((story, index) => (
              <StoryRow
                key={story.id}
                story={story}
                running={story.id === running}
                previous={stories[index - 1]?.id}
                afterNext={stories[index + 2]?.id}
                isLast={index === stories.length - 1}
              />
            ))}
          </ol>
        )}
      </div>
      {stories.length === 0 ? null : (
        <div className="stories-foot">
          <span className="row-note figures">{pointsText(totalOf(stories))} points</span>
          <span className="spacer" />
          <CopyButtons />
        </div>
      )}
      <NewStory id="new-story" />
    </div>
  );
}
