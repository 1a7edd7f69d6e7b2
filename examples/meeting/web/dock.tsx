/** The controls under the stage: one's own, then those of the moderators. */

import { narrow, useMedia } from "../../shared/media.ts";
import { Popup } from "../../shared/popup.tsx";
import { AwayButton, EndButton, FloorButton, HandButton, LockButton, RecordButton, ShareButton } from "./controls.tsx";
import { Emoji, reactionChoices } from "./emoji.tsx";
import { CommandButton } from "./meeting-room.ts";
import { MoreMenu } from "./more-menu.tsx";

export function Dock() {
  const small = useMedia(narrow);
  return (
    <section className="dock card" aria-label="Meeting controls" id="controls">
      <HandButton look="dock" />
      <FloorButton look="dock" />
      {small ? null : <ShareButton look="dock" />}
      <ReactButton />
      {small ? (
        <MoreMenu />
      ) : (
        <>
          <AwayButton look="dock" />
          <span className="dock-gap" />
          <RecordButton look="dock" />
          <LockButton look="dock" />
          <EndButton look="dock" />
        </>
      )}
    </section>
  );
}

function ReactButton() {
  return (
    <Popup label="React" icon="smile" look="dock" shape="row">
      {(close) =>
        reactionChoices.map(({ emoji, name }) => (
          <CommandButton key={emoji} look="item" command={{ type: "react", emoji }} label={name} onSent={close}>
            <Emoji emoji={emoji} size={26} />
          </CommandButton>
        ))
      }
    </Popup>
  );
}
