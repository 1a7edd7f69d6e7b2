/** A person's role by the meeting's own record. From: a room type's `role`, asked before each command; a promotion works at once. */
import type { Meeting, Role } from "../../machines/meeting.ts";

export const meetingRole = (context: { readonly meeting: Pick<Meeting, "participants"> }, user: string): Role | undefined => {
  const { participants } = context.meeting;
  return Object.hasOwn(participants, user) ? participants[user]?.role : undefined;
};
