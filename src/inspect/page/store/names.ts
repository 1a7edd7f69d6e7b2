/** What people call themselves, by user: sessions, rosters and joins tell it. Ids are what the server goes by, names what people read. Pure. */
import type { OpRow } from "../../api.ts";
import type { InspectMessage } from "../../messages.ts";

export type Names = ReadonlyMap<string, string>;

const namesMax = 5_000;

/** The same ones if nothing is new. */
export function learned(names: Names, people: Iterable<{ readonly user: string; readonly name: string }>): Names {
  const fresh = [...people].filter(({ user, name }) => names.get(user) !== name);
  if (fresh.length === 0) return names;
  const all = [...names, ...fresh.map(({ user, name }) => [user, name] as const)];
  return new Map(all.slice(-namesMax));
}

/** Sessions are called `Ada (tab1)`. */
export const peopleInStream = (messages: readonly InspectMessage[]): readonly { readonly user: string; readonly name: string }[] =>
  messages.flatMap((message) => {
    if (message.type !== "@xstate.actor") return [];
    const { user, client } = message.snapshot.context;
    const tail = ` (${String(client)})`;
    return typeof user === "string" && message.name.endsWith(tail) ? [{ user, name: message.name.slice(0, -tail.length) }] : [];
  });

export const peopleInOps = (ops: readonly OpRow[]): readonly { readonly user: string; readonly name: string }[] =>
  ops.flatMap(({ who, event }) => {
    const { type, user, name } = event as { readonly type: string; readonly user?: unknown; readonly name?: unknown };
    return who > 0 && type === "participant.joined" && typeof user === "string" && typeof name === "string" ? [{ user, name }] : [];
  });
