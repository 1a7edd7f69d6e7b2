/** One shows the others around: their view follows the guide's, until they look elsewhere themselves. */
import { useEffect } from "react";
import { useStore } from "../../shared/store.ts";
import { type BoardRoom, CommandButton, useMe, useSelect } from "./board-room.ts";
import { centred } from "./camera.ts";
import { ToolIcon } from "./tool-icons.tsx";
import { type BoardVisit, useBoard } from "./visit.ts";

export function GuideButton() {
  const guide = useSelect(({ context }) => context.guide);
  const me = useMe();
  const mine = guide !== null && guide === me?.user;
  return (
    <CommandButton
      command={{ type: guide === null ? "guide.start" : "guide.stop" }}
      label={guide === null ? "Show around" : mine ? "Stop showing around" : "End the tour"}
      look="icon"
      on={mine}
    >
      <ToolIcon name="guide" size={17} />
    </CommandButton>
  );
}

export function GuideNote() {
  const visit = useBoard();
  const { unfollowed } = useStore(visit.desk);
  const guide = useSelect(({ context }) => context.guide);
  const name = useSelect(({ context }) => (context.guide === null ? undefined : context.people[context.guide]?.name));
  const me = useMe();
  useFollow(visit);
  if (guide === null) return null;
  if (guide === me?.user)
    return (
      <p className="guide-note" data-over>
        You are showing the board to everyone.
      </p>
    );
  const follows = unfollowed !== guide;
  const toggle = () => visit.desk.set((now) => ({ ...now, unfollowed: follows ? guide : undefined }));
  return (
    <p className="guide-note" data-over data-testid="guide">
      <span>
        {follows ? "Following " : "Not following "}
        <bdi>{name ?? "the guide"}</bdi>
      </span>
      <button type="button" className="button" data-look="plain" onClick={toggle}>
        {follows ? "Look elsewhere" : "Follow"}
      </button>
    </p>
  );
}

/** The camera goes where the guide's is. */
function useFollow(visit: BoardVisit): void {
  useEffect(() => {
    const { room, camera, size, desk } = visit;
    let last = "";
    const follow = () => {
      const view = guidesView(room);
      if (view === undefined || desk.get().unfollowed === room.state.context.guide) return;
      const text = view.join();
      if (text === last) return;
      last = text;
      const [x, y, scale] = view;
      camera.set(centred({ x, y }, scale / 1_000, size.get()));
    };
    const stops = [
      room.subscribe(follow),
      desk.subscribe(() => {
        if (desk.get().unfollowed === undefined) last = "";
        follow();
      }),
    ];
    follow();
    return () => {
      for (const stop of stops) stop();
    };
  }, [visit]);
}
function guidesView(room: BoardRoom): readonly [number, number, number] | undefined {
  const { guide } = room.state.context;
  if (guide === null || guide === room.me?.user) return undefined;
  for (const { user, state } of room.presence.others.values()) if (user === guide && state.view) return state.view;
  return undefined;
}
