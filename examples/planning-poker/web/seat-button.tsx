/** Sitting out and coming back. */
import { useBystander } from "./my-part.ts";
import { CommandButton } from "./poker-room.ts";

export function SeatButton() {
  const bystander = useBystander();
  if (bystander === "observer") return null;
  return bystander === "out" ? (
    <CommandButton command={{ type: "seat.take" }} label="Come back" icon="people" look="plain" />
  ) : (
    <CommandButton command={{ type: "seat.leave" }} label="Sit out" icon="away" look="icon" />
  );
}
