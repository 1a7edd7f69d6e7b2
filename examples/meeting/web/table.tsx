/** The people around the table. */
import type { CSSProperties } from "react";
import { Avatar } from "../../shared/avatar.tsx";
import { Icon } from "../../shared/icons.tsx";
import { useSelect } from "./meeting-room.ts";
import { type Seat, seatAt, useSeats } from "./seats.ts";

export function Seats() {
  const hands = useSelect((state) => state.context.meeting.hands);
  const speaker = useSelect((state) => state.context.meeting.speaker);
  const { seats, standing } = useSeats();
  return (
    <ul className="seats" aria-label="Seats" data-count={seats.length}>
      {seats.map((seat) => (
        <SeatItem key={seat.user} seat={seat} hand={hands.indexOf(seat.user) + 1} speaking={seat.user === speaker} />
      ))}
      {standing > 0 ? (
        <li className="seat" style={at(seatAt(seats.length, seats.length + 1))}>
          <span className="avatar" data-size="l" data-more>
            +{standing}
          </span>
          <span className="seat-name">more</span>
        </li>
      ) : null}
    </ul>
  );
}

function SeatItem({ seat, hand, speaking }: { readonly seat: Seat; readonly hand: number; readonly speaking: boolean }) {
  const { user, person } = seat;
  return (
    <li className="seat" style={at(seat)} data-away={person.status === "away"} data-speaking={speaking}>
      <span className="seat-figure">
        <Avatar user={user} name={person.name} size="l" />
        {hand > 0 ? (
          <span className="seat-hand">
            <Icon name="hand" size={12} />
            {hand}
            <span className="visually-hidden">in the queue</span>
          </span>
        ) : null}
      </span>
      <span className="seat-name">
        <bdi>{person.name}</bdi>
      </span>
    </li>
  );
}

const at = ({ x, y }: { readonly x: number; readonly y: number }): CSSProperties => ({ "--x": `${x}%`, "--y": `${y}%` }) as CSSProperties;
