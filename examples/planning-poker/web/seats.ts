/** Who sits where: around the table in the order they came, the same on every screen. Observers have no seat. */

import { isHidden } from "quorate";
import { useMemo } from "react";
import type { Card } from "../deck.ts";
import type { Shown } from "../round.ts";
import { type PokerRoom, useRoster, useSelect } from "./poker-room.ts";

type Participants = PokerRoom["state"]["context"]["meeting"]["participants"];
type Participant = Participants[string];
export type People = readonly (readonly [user: string, person: Participant])[];

/** Everybody, in the order they came. The roster numbers them so for all alike; a state's keys promise no order. */
export function usePeople(): People {
  const participants = useSelect((state) => state.context.meeting.participants);
  const roster = useRoster();
  return useMemo(() => {
    const first = new Map<string, number>();
    for (const { user, who } of roster.values()) first.set(user, Math.min(who, first.get(user) ?? Number.POSITIVE_INFINITY));
    const number = (user: string): number => first.get(user) ?? Number.MAX_SAFE_INTEGER;
    return Object.entries(participants).sort(([a], [b]) => number(a) - number(b));
  }, [participants, roster]);
}

export interface Seat {
  readonly user: string;
  readonly person: Participant;
  /** In percent of the table's box. */
  readonly x: number;
  readonly y: number;
}

const seatsMax = 14;
const radiusX = 41;
const radiusY = 37;

/** `standing`: how many found no seat. */
export function useSeats(): { readonly seats: readonly Seat[]; readonly standing: number } {
  const players = usePeople().filter(([, { role }]) => role !== "observer");
  const places = players.length > seatsMax ? seatsMax - 1 : players.length;
  const seated = players.slice(0, places);
  const standing = players.length - seated.length;
  const around = seated.length + (standing > 0 ? 1 : 0);
  return { seats: seated.map(([user, person], index) => ({ user, person, ...seatAt(index, around) })), standing };
}

/** From the left, clockwise; somebody alone sits at the near side. */
export function seatAt(index: number, of: number): { readonly x: number; readonly y: number } {
  const angle = of === 1 ? Math.PI / 2 : Math.PI + (2 * Math.PI * index) / of;
  return { x: 50 + radiusX * Math.cos(angle), y: 50 + radiusY * Math.sin(angle) };
}

export type SeatCard =
  | { readonly face: "none" }
  /** May vote, and has not. */
  | { readonly face: "place" }
  | { readonly face: "down" }
  | { readonly face: "up"; readonly card: Card };

const none: SeatCard = { face: "none" };
const place: SeatCard = { face: "place" };
const down: SeatCard = { face: "down" };

/** What lies before somebody, as far as it is known here: one's own card always is. */
export function useSeatCard(user: string): SeatCard {
  const round = useSelect((state) => state.context.app.round);
  const isOut = useSelect((state) => state.context.app.out.includes(user));
  return useMemo(() => {
    if (round === null) return none;
    if (round.shown !== null) return turned(round.shown.find((one) => one.user === user));
    const vote = Object.hasOwn(round.votes, user) ? round.votes[user] : undefined;
    if (vote === undefined) return isOut ? none : place;
    return isHidden(vote) ? down : { face: "up", card: vote };
  }, [round, isOut, user]);
}

const turned = (shown: Shown | undefined): SeatCard => (shown === undefined ? none : { face: "up", card: shown.card });
