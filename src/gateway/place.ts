/** A room, as a sign-in may ask about it. From: connection.ts and renewals.ts, for the app's `authorize`. */
import type { Directory } from "../room/directory.ts";
import type { Committed } from "../room/owner.ts";
import type { Place } from "./auth.ts";

/** Answers once the room is there. What is still to be saved counts. */
export function placeOf(type: string, id: string, directory: Directory): Place {
  const ask = <T>(question: (state: Committed | undefined) => T) =>
    new Promise<T | undefined>((resolve) => {
      const room = directory.get(type, id);
      if (room === undefined) resolve(undefined);
      else room.whenServing(() => resolve(question(room.owner?.committed ?? room.committed)));
    });
  return {
    type,
    id,
    isNew: async () => (await ask((state) => state?.domain.rev === 0)) ?? false,
    joinedAs: (user) => ask((state) => state?.roster.find((entry) => entry.user === user)?.role),
  };
}
