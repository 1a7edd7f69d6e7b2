/** The page that README.md shows, word for word. */

import { indexedDbStorage } from "../../src/client/indexed-db.ts";
import { createRoom, meeting } from "../../src/index.ts";
import { roomHooks } from "../../src/react/index.ts";

const { RoomProvider, useRoom, useSelect, useCan } = roomHooks(meeting);
const room = createRoom(meeting, { url: "/", id: "weekly", token: "Ada", storage: indexedDbStorage() });

function Floor() {
  const { send } = useRoom();
  const speaker = useSelect(({ context: { meeting } }) => meeting.participants[meeting.speaker ?? ""]?.name);
  const can = useCan({ type: "floor.take" });
  return (
    <button type="button" title={can.verdict === "refused" ? can.reason : ""} onClick={() => send({ type: "floor.take" })}>
      {speaker === undefined ? "Take the floor" : `${speaker} is speaking`}
    </button>
  );
}
export const Page = () => (
  <RoomProvider room={room}>
    <Floor />
  </RoomProvider>
);
