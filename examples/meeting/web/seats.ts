/** Where people sit: around an ellipse, in the order they came. The same on every screen, so that a cursor points at the same seat for all. */
import type { Participant } from "../../../machines/meeting.ts";
import { useArrived } from "./arrivals.ts";
import { useSelect } from "./meeting-room.ts";

export interface Seat {
  readonly user: string;
  readonly person: Participant;
  /** In percent of the table's box. */
  readonly x: number;
  readonly y: number;
}

const seatsMax = 12;
const radiusX = 41;
const radiusY = 37;

/** Where more came than there are seats, the speaker and raised hands have one first. `standing` is how many have none. */
export function useSeats(): { readonly seats: readonly Seat[]; readonly standing: number } {
  const everyone = useArrived();
  const hands = useSelect((state) => state.context.meeting.hands);
  const speaker = useSelect((state) => state.context.meeting.speaker);
  const places = everyone.length > seatsMax ? seatsMax - 1 : everyone.length;
  const present = new Set(everyone.map(([user]) => user));
  const byWish = new Set([...(speaker === null ? [] : [speaker]), ...hands, ...present]);
  const wanted = new Set([...byWish].filter((user) => present.has(user)).slice(0, places));
  const seated = everyone.filter(([user]) => wanted.has(user));
  const standing = everyone.length - seated.length;
  const around = seated.length + (standing > 0 ? 1 : 0);
  return { seats: seated.map(([user, person], index) => ({ user, person, ...seatAt(index, around) })), standing };
}

/** From the left, clockwise; somebody alone sits at the near side. */
export function seatAt(index: number, of: number): { readonly x: number; readonly y: number } {
  const angle = of === 1 ? Math.PI / 2 : Math.PI + (2 * Math.PI * index) / of;
  return { x: 50 + radiusX * Math.cos(angle), y: 50 + radiusY * Math.sin(angle) };
}
