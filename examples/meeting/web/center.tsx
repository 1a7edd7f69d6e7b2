/** The middle of the table: who has the floor, or what the meeting waits for. */
import type { Participant } from "../../../machines/meeting.ts";
import { Avatar } from "../../shared/avatar.tsx";
import { clock, useNow } from "../../shared/time.ts";
import { EndedSummary } from "./ended-summary.tsx";
import { CommandButton, useMe, useSelect } from "./meeting-room.ts";

export function Center() {
  const phase = useSelect((state) => state.value.phase);
  const speaker = useSelect((state) => state.context.meeting.speaker);
  const person = useSelect((state) => (speaker === null ? undefined : state.context.meeting.participants[speaker]));
  return (
    <div className="center">
      {phase === "ended" ? (
        <EndedSummary />
      ) : phase === "lobby" ? (
        <Lobby />
      ) : speaker === null || person === undefined ? (
        <FreeFloor />
      ) : (
        <Speaker user={speaker} person={person} />
      )}
    </div>
  );
}

function Lobby() {
  const isHost = useMe()?.role === "host";
  return (
    <>
      <h2>{isHost ? "Ready when you are" : "The meeting starts soon"}</h2>
      <p>{isHost ? "Everyone here sees it start at the same moment." : "A host will open it. You can chat meanwhile."}</p>
      <CommandButton command={{ type: "meeting.start" }} label="Start meeting" icon="play" look="primary" />
    </>
  );
}

function FreeFloor() {
  const waiting = useSelect((state) => state.context.meeting.hands.length);
  return (
    <>
      <h2>The floor is free</h2>
      <p>{waiting === 0 ? "Whoever takes it is heard by all." : waiting === 1 ? "One hand is raised." : `${waiting} hands are raised.`}</p>
    </>
  );
}

function Speaker({ user, person }: { readonly user: string; readonly person: Participant }) {
  const me = useMe();
  return (
    <>
      <span className="speaker-figure">
        <Avatar user={user} name={person.name} size="xl" />
      </span>
      <h2 className="speaker-name">{user === me?.user ? "You" : <bdi>{person.name}</bdi>}</h2>
      <p>
        {user === me?.user ? "have the floor" : "has the floor"} · <SpeakingTime />
      </p>
    </>
  );
}

function SpeakingTime() {
  const since = useSelect((state) => state.context.meeting.speakerSince);
  const now = useNow();
  return <span className="figures">{clock(now - (since ?? now))}</span>;
}
