/** Counts what the real actors of the three machines do. From: outcome.ts. To be loaded before the code that gives the machines their actions. */
import type { AnyStateMachine } from "xstate";
import { clientSync } from "../../machines/client-sync.ts";
import { connection } from "../../machines/connection.ts";
import { room } from "../../machines/room.ts";
import { followProvided } from "../model/explore.ts";
import { keyOf, type MachineName, models } from "../model/models.ts";

const taken = new Map<string, number>();

/** What was done since the last call. */
export function takeCounts(): [string, number][] {
  const counts = [...taken];
  taken.clear();
  return counts;
}

const machines: Readonly<Record<MachineName, AnyStateMachine>> = { "client-sync": clientSync, room, connection };
for (const name of Object.keys(models) as MachineName[]) {
  followProvided(machines[name], models[name], () => (made) => {
    const key = keyOf(name, made);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  });
}
