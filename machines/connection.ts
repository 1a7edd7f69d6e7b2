/**
 * A client's connection to its room: connecting → joining → live, and back over backoff; offline; the places where only people help; closed.
 * Pure: sockets, clocks and chance are the driver's; how long to wait comes in the event. Counters are plain fields outside.
 */
import { assign, setup } from "xstate";

export type ConnectionEvent =
  | { readonly type: "opened" }
  /** The server has this client's join. */
  | { readonly type: "welcomed" }
  /** At the rev that the server told. */
  | { readonly type: "caughtUp" }
  /** A gap, a divergence: only the whole state helps. */
  | { readonly type: "behind" }
  /** It came to nothing, again and again. */
  | { readonly type: "hopeless"; readonly reason: string }
  /** The socket is gone, or as good as gone. `waitMs`: until the next attempt. */
  | { readonly type: "lost"; readonly waitMs: number; readonly code?: string | undefined; readonly reason?: string }
  /** The server wants another sign-in. */
  | { readonly type: "signedOut"; readonly code: string; readonly reason: string }
  /** The room, or the server, will not have this client. */
  | { readonly type: "refused"; readonly code: string; readonly reason: string }
  | { readonly type: "online" }
  | { readonly type: "offline" }
  /** Somebody wants it tried now. */
  | { readonly type: "connect" }
  | { readonly type: "close" };

export interface ConnectionInput {
  readonly online: boolean;
  /** From the attempt to the open socket. */
  readonly connectMsMax: number;
  /** From the hello to the welcome. */
  readonly joinMsMax: number;
}

export const connection = setup({
  types: {
    input: {} as ConnectionInput,
    context: {} as ConnectionInput & {
      readonly waitMs: number;
      /** Why it is where it is, where the server said so. */
      readonly code: string | undefined;
      readonly reason: string | undefined;
    },
    events: {} as ConnectionEvent,
  },
  actions: {
    /** Opens a socket; answers with `opened` or `lost`. */
    open: () => undefined,
    /** Answers with `welcomed`, or with one of the ends. */
    sayHello: () => undefined,
    /** Took too long: answers with `lost`. */
    giveUp: () => undefined,
    /** Asks for the whole state. */
    resync: () => undefined,
    /** Lets go of the socket, whatever it still does. */
    drop: () => undefined,
    note: assign(({ event }) => ({
      waitMs: event.type === "lost" ? event.waitMs : 0,
      code: "code" in event ? event.code : undefined,
      reason: "reason" in event ? event.reason : undefined,
    })),
    forget: assign({ code: undefined, reason: undefined }),
  },
  guards: { isOnline: ({ context }) => context.online },
  delays: {
    connectTime: ({ context }) => context.connectMsMax,
    joinTime: ({ context }) => context.joinMsMax,
    wait: ({ context }) => context.waitMs,
  },
}).createMachine({
  id: "connection",
  context: ({ input }) => ({ ...input, waitMs: 0, code: undefined, reason: undefined }),
  initial: "idle",
  on: { close: { target: ".closed" } },
  states: {
    /** Not begun: what the last page left is being read. */
    idle: {
      on: {
        connect: [{ guard: "isOnline", target: "connecting" }, { target: "offline" }],
        online: { actions: assign({ online: true }) },
        offline: { actions: assign({ online: false }) },
      },
    },
    connecting: {
      entry: "open",
      on: { opened: { target: "joining" }, lost: { target: "backoff" }, refused: { target: "refused" }, offline: { target: "offline" } },
      after: { connectTime: { actions: "giveUp" } },
    },
    joining: {
      entry: "sayHello",
      on: {
        welcomed: { target: "live" },
        lost: { target: "backoff" },
        signedOut: { target: "signedOut" },
        refused: { target: "refused" },
        offline: { target: "offline" },
      },
      after: { joinTime: { actions: "giveUp" } },
    },
    live: {
      initial: "catchingUp",
      on: {
        lost: { target: "backoff" },
        signedOut: { target: "signedOut" },
        refused: { target: "refused" },
        hopeless: { target: "stuck" },
        offline: { target: "offline" },
      },
      states: {
        catchingUp: { on: { caughtUp: { target: "inStep" }, behind: { actions: "resync" } } },
        inStep: { entry: "forget", on: { behind: { target: "catchingUp", actions: "resync" } } },
      },
    },
    backoff: {
      entry: ["note", "drop"],
      on: { connect: { target: "connecting" }, online: { target: "connecting" }, offline: { target: "offline" } },
      after: { wait: { target: "connecting" } },
    },
    offline: {
      entry: ["forget", "drop"],
      on: { online: { target: "connecting" }, connect: { target: "connecting" } },
    },
    /** Until there is another token. */
    signedOut: { entry: ["note", "drop"], on: { connect: { target: "connecting" } } },
    refused: { entry: ["note", "drop"], on: { connect: { target: "connecting" } } },
    /** The state cannot be brought in step: a person should know, and may try again. */
    stuck: { entry: ["note", "drop"], on: { connect: { target: "connecting" } } },
    closed: { type: "final", entry: ["forget", "drop"] },
  },
});
