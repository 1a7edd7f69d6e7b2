/** What is left of a session that has ended. */

import { totalOf } from "../minutes.ts";
import { pointsText } from "../verdict.ts";
import { CopyButtons } from "./copy-buttons.tsx";
import { useStories } from "./poker-room.ts";

export function Ended() {
  const stories = useStories();
  const estimated = stories.filter(({ estimate }) => estimate !== null).length;
  return (
    <div className="foot-head">
      <p className="foot-words">
        {estimated} of {stories.length} stories estimated, {pointsText(totalOf(stories))} points.
      </p>
      <CopyButtons />
    </div>
  );
}
