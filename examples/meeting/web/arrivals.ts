/** People in the order they came. The roster numbers them so for everyone alike; a state's keys promise no order. */
import { useMemo } from "react";
import type { Participant } from "../../../machines/meeting.ts";
import { type MeetingRoom, useOfRoom, useSelect } from "./meeting-room.ts";

export type Arrived = readonly (readonly [user: string, person: Participant])[];

export function useArrived(): Arrived {
  const participants = useSelect((state) => state.context.meeting.participants);
  const roster = useOfRoom((room) => room.roster);
  return useMemo(() => inOrder(participants, roster), [participants, roster]);
}

function inOrder(participants: Readonly<Record<string, Participant>>, roster: MeetingRoom["roster"]): Arrived {
  const first = new Map<string, number>();
  for (const { user, who } of roster.values()) first.set(user, Math.min(who, first.get(user) ?? Number.POSITIVE_INFINITY));
  const number = (user: string): number => first.get(user) ?? Number.MAX_SAFE_INTEGER;
  return Object.entries(participants).sort(([a], [b]) => number(a) - number(b));
}
