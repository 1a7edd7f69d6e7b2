/**
 * One watcher on a WebSocket: the inspector's page, or a receiver of Stately's. From: admin.ts. To: inspection.ts.
 * Whoever is too slow misses messages, is told how many, and gets all that lives anew: memory stays bounded.
 */
import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Clock } from "../clock.ts";
import type { Inspection } from "./inspection.ts";
import type { InspectMessage } from "./messages.ts";

export interface WatcherData {
  readonly forStately: boolean;
  state: WatcherState | undefined;
}
interface WatcherState {
  /** Ends the wait for the token, then the watching. */
  stop: () => void;
  watching: boolean;
  /** Left out since it is behind; 0: it is not. */
  dropped: number;
  /** With more than that on its way, it is behind. */
  bytesMax: number;
}

export interface WatcherOptions {
  readonly clock: Clock;
  readonly inspection: Inspection;
  readonly isToken: (given: unknown) => boolean;
  readonly onTrouble: (where: string, error: unknown) => void;
}

const tokenWithinMs = 5_000;
const behindBytes = 1024 * 1024;
const unauthenticated = 4401;
const internal = 1011;

export function watcherSocket({ clock, inspection, isToken, onTrouble }: WatcherOptions): WebSocketHandler<WatcherData> {
  const watch = (socket: ServerWebSocket<WatcherData>, state: WatcherState): void => {
    state.watching = true;
    state.dropped = 0;
    // Who lives has to go out as a whole, or it would begin again for ever. So it has its own room in the buffer, as big as it is.
    state.bytesMax = Infinity;
    state.stop = inspection.watch({ send: (messages) => send(socket, state, messages) });
    state.bytesMax = socket.getBufferedAmount() + behindBytes;
  };
  /** Bun ends the process on what a handler throws. */
  const contained = <Args extends readonly unknown[]>(handle: (socket: ServerWebSocket<WatcherData>, ...args: Args) => void) => {
    return (socket: ServerWebSocket<WatcherData>, ...args: Args): void => {
      try {
        handle(socket, ...args);
      } catch (error) {
        onTrouble("a watcher of the inspector", error);
        socket.close(internal, "the inspector failed on this");
      }
    };
  };
  return {
    maxPayloadLength: 4 * 1024,
    backpressureLimit: 0, // none of its own: `bytesMax` is the limit
    idleTimeout: 120,
    open: contained((socket) => {
      const state: WatcherState = { stop: () => undefined, watching: false, dropped: 0, bytesMax: Infinity };
      socket.data.state = state;
      if (socket.data.forStately) return watch(socket, state);
      state.stop = clock.setTimer(tokenWithinMs, () => socket.close(unauthenticated, "no token"));
    }),
    message: contained((socket, text: string | Buffer) => {
      const { state } = socket.data;
      if (state === undefined || state.watching) return; // there is nothing more to say
      state.stop();
      if (isToken(tokenIn(text))) watch(socket, state);
      else socket.close(unauthenticated, "the token is missing or wrong");
    }),
    drain: contained((socket) => {
      const { state } = socket.data;
      if (state === undefined || state.dropped === 0 || socket.getBufferedAmount() > 0) return;
      state.stop();
      const dropped: InspectMessage = { type: "quorate.dropped", count: state.dropped };
      if (!socket.data.forStately) socket.send(JSON.stringify([dropped]));
      watch(socket, state);
    }),
    close(socket) {
      socket.data.state?.stop();
    },
  };
}

function send(socket: ServerWebSocket<WatcherData>, state: WatcherState, messages: readonly InspectMessage[]): void {
  if (state.dropped > 0 || socket.getBufferedAmount() > state.bytesMax) {
    state.dropped += messages.length;
    return;
  }
  const told = socket.data.forStately ? messages.filter(({ type }) => type.startsWith("@xstate.")) : [messages];
  // All are encoded before the first goes out.
  for (const text of told.map((part) => JSON.stringify(part))) socket.send(text);
}

function tokenIn(text: string | Buffer): unknown {
  try {
    const said: unknown = JSON.parse(String(text));
    return typeof said === "object" && said !== null && "token" in said ? said.token : undefined;
  } catch {
    return undefined; // no JSON, no token
  }
}
