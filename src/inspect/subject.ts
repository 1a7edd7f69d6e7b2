/** An actor to record, and what of it may be shown. From: inspection.ts. To: recorder.ts. */
import type { AnyMachineSnapshot, EventObject, Snapshot } from "xstate";
import type { ActorId, InspectedEvent, InspectedSnapshot } from "./messages.ts";

/** An actor as far as it is recorded: one of xstate's, or what does as they do. Inspection also tells of what else is in its system. */
interface Inspected {
  getSnapshot(): unknown;
  readonly system: { readonly inspect: (listener: (happening: Happening) => void) => { unsubscribe(): void } };
}
/** Of xstate's inspection events those that are looked at, and others. */
export interface Happening {
  readonly type: string;
  readonly actorRef?: unknown;
  readonly event?: EventObject;
  readonly snapshot?: unknown;
}

export interface Subject {
  readonly id: ActorId;
  readonly parentId: ActorId | undefined;
  readonly name: string;
  /** As in an ActorMessage. */
  readonly definition: string;
  /** Not there for the root of all, which is no actor. */
  readonly actor?: Inspected;
  /** The allow-list: what of a snapshot may be shown besides its value. Of constant cost. */
  readonly project?: (snapshot: AnyMachineSnapshot) => Readonly<Record<string, unknown>>;
  /** Who sent the event that is being handled. */
  readonly author?: () => Pick<InspectedEvent, "by" | "seq"> | undefined;
  readonly rev?: () => number;
  /** After each of its snapshots. */
  readonly onSnapshot?: (snapshot: AnyMachineSnapshot) => void;
}

export function describe(event: EventObject, { author }: Subject): InspectedEvent {
  const by = author?.();
  return by === undefined ? { type: event.type } : { type: event.type, ...by };
}

/** Throws what its allow-list throws. */
export function seen(snapshot: Snapshot<unknown>, { project }: Subject): InspectedSnapshot {
  const { value } = snapshot as Partial<AnyMachineSnapshot>;
  const context = project?.(snapshot as AnyMachineSnapshot) ?? {};
  return value === undefined ? { status: snapshot.status, context } : { status: snapshot.status, value, context };
}
