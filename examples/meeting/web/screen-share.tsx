/** The place of a shared screen. This app shares the state of a meeting; pictures and sound would come from a media server beside it. */
import { Avatar } from "../../shared/avatar.tsx";
import { useMe, useSelect } from "./meeting-room.ts";

export function ScreenShare({ user }: { readonly user: string }) {
  const me = useMe();
  const person = useSelect((state) => state.context.meeting.participants[user]);
  const name = person?.name ?? "Somebody";
  return (
    <div className="share">
      <div className="share-bar" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <div className="share-body">
        <Avatar user={user} name={name} size="l" />
        <h2>
          {user === me?.user ? (
            "You are sharing your screen"
          ) : (
            <>
              <bdi>{name}</bdi> is sharing a screen
            </>
          )}
        </h2>
        <p>The picture would be here. This demo keeps everyone in step; it carries no video.</p>
      </div>
    </div>
  );
}
