/** On a narrow screen: the controls that have no room in the bar. */
import { AwayButton, EndButton, LockButton, RecordButton, ShareButton } from "./controls.tsx";
import { PageItems } from "./page-items.tsx";
import { Popup } from "./popup.tsx";

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
