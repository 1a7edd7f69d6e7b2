/** On a narrow screen: the controls that have no room in the bar. */

import { PageItems } from "../../shared/page-items.tsx";
import { Popup } from "../../shared/popup.tsx";
import { AwayButton, EndButton, LockButton, RecordButton, ShareButton } from "./controls.tsx";

export const MoreMenu = () => (
  <Popup label="More" icon="more" look="dock">
    {(close) => (
      <>
        <ShareButton look="item" onSent={close} />
        <AwayButton look="item" onSent={close} />
        <hr />
        <RecordButton look="item" onSent={close} />
        <LockButton look="item" onSent={close} />
        <EndButton look="item" onSent={close} />
        <hr />
        <PageItems look="item" onDone={close} />
      </>
    )}
  </Popup>
);
