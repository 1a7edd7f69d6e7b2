/**
 * A room's own life on the server: loading → open ⇄ idle → closing; faulted when the journal fails, then loading again.
 * `open` and `idle` take commands; `loading` after a fault and `faulted` serve reads only (L12).
 */
import { assign, setup } from "xstate";

export type RoomEvent =
  | { readonly type: "loaded" }
  | { readonly type: "loadFailed" }
  /** Someone is here, or a service runs. */
  | { readonly type: "occupied" }
  | { readonly type: "empty" }
  | { readonly type: "faulted" }
  /** Another node decides from now on, or none does any more. */
  | { readonly type: "moved" }
  /** What a reload cannot mend: another machine version, a replay that does not add up, a view that throws. */
  | { readonly type: "quarantine" }
  | { readonly type: "close" }
  | { readonly type: "closed" };

export interface RoomInput {
  readonly idleMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

export const room = setup({
  types: {
    input: {} as RoomInput,
    context: {} as RoomInput & { readonly failures: number },
    events: {} as RoomEvent,
  },
  actions: {
    /** Reads the log and brings the domain up; answers with `loaded`, `loadFailed` or `quarantine`. */
    load: () => undefined,
    /** Stops accepting; what is not durable is dropped. */
    stopAccepting: () => undefined,
    /** Everyone has to go; the next who comes finds a fresh start, or the same trouble. */
    dismiss: () => undefined,
    /** Saves a snapshot and lets go; answers with `closed`. */
    unload: () => undefined,
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
  },
  delays: {
    idleTime: ({ context }) => context.idleMs,
    quarantineTime: ({ context }) => context.backoffMaxMs,
    backoff: ({ context }) => Math.min(context.backoffMaxMs, context.backoffMinMs * 2 ** Math.min(context.failures - 1, 20)),
  },
}).createMachine({
  id: "roomLife",
  context: ({ input }) => ({ ...input, failures: 0 }),
  initial: "loading",
  states: {
    loading: {
      entry: "load",
      on: {
        loaded: { target: "open", actions: "forgetFailures" },
        loadFailed: { target: "faulted" },
        quarantine: { target: "quarantined" },
        close: { target: "closed" },
      },
    },
    open: {
      on: {
        empty: { target: "idle" },
        faulted: { target: "faulted" },
        moved: { target: "loading", actions: "stopAccepting" },
        quarantine: { target: "quarantined" },
        close: { target: "closing" },
      },
    },
    idle: {
      after: { idleTime: { target: "closing" } },
      on: {
        occupied: { target: "open" },
        faulted: { target: "faulted" },
        moved: { target: "loading", actions: "stopAccepting" },
        quarantine: { target: "quarantined" },
        close: { target: "closing" },
      },
    },
    faulted: {
      entry: ["stopAccepting", "countFailure"],
      after: { backoff: { target: "loading" } },
      on: { close: { target: "closed" } },
    },
    quarantined: {
      entry: ["stopAccepting", "dismiss"],
      after: { quarantineTime: { target: "closed" } },
      on: { close: { target: "closed" } },
    },
    closing: {
      entry: "unload",
      on: { closed: { target: "closed" }, faulted: { target: "closed" } },
    },
    closed: { type: "final" },
  },
});
