/** One text for one client of one user, as maps know it. From: fates.ts, room-sessions.ts, cluster/places.ts. */

let lastUser = "";
let lastClient = "";
let last = " ";

/** A space cannot stand in a client id, so it is unambiguous. An op asks for the same one several times over: then it is not made, and not hashed, anew. */
export function clientKey(user: string, client: string): string {
  if (user !== lastUser || client !== lastClient) {
    last = `${client} ${user}`;
    lastUser = user;
    lastClient = client;
  }
  return last;
}
