/** One person's stay at one table, and what is planned there: nobody else knows of it. */
import { createContext, useContext } from "react";
import { createStore, type Store, useStore } from "../../shared/store.ts";
import { type Visit, visitRoom } from "../../shared/visit.ts";
import { planningPoker } from "../room.ts";
import { announce } from "./announce.ts";
import type { PokerRoom } from "./poker-room.ts";

/** How long the next round may take; null: as long as it takes. */
export interface Plan {
  readonly seconds: number | null;
}
export interface PokerVisit extends Visit<PokerRoom> {
  readonly plan: Store<Plan>;
}

/** Connects at once. */
export function enter(id: string, name: string): PokerVisit {
  const visit = visitRoom(planningPoker, id, name);
  announce(visit.room, visit.toasts);
  return { ...visit, plan: createStore<Plan>({ seconds: 60 }) };
}

const PlanContext = createContext<Store<Plan> | undefined>(undefined);
export const PlanProvider = PlanContext.Provider;
export function usePlan(): readonly [plan: Plan, set: (plan: Plan) => void] {
  const plan = useContext(PlanContext);
  if (plan === undefined) throw new Error("This component needs a visit around it.");
  return [useStore(plan), plan.set];
}
