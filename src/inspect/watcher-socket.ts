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
}

export interface WatcherOptions {
  readonly clock: Clock;
  readonly inspection: Inspection;
  readonly isToken: (given: unknown) => boolean;
}

const tokenWithinMs = 5_000;
const behindBytes = 1024 * 1024;
const unauthenticated = 4401;

export function watcherSocket({ clock, inspection, isToken }: WatcherOptions): WebSocketHandler<WatcherData> {
  const watch = (socket: ServerWebSocket<WatcherData>, state: WatcherState): void => {
    state.watching = true;
    state.stop = inspection.watch({ send: (messages) => send(socket, state, messages) });
  };
  return {
    maxPayloadLength: 4 * 1024,
    backpressureLimit: 16 * 1024 * 1024,
    closeOnBackpressureLimit: true,
    idleTimeout: 120,
    open(socket) {
      const state: WatcherState = { stop: () => undefined, watching: false, dropped: 0 };
      socket.data.state = state;
      if (socket.data.forStately) return watch(socket, state);
      state.stop = clock.setTimer(tokenWithinMs, () => socket.close(unauthenticated, "no token"));
    },
    message(socket, text) {
      const { state } = socket.data;
      if (state === undefined || state.watching) return; // there is nothing more to say
      state.stop();
      if (isToken(tokenIn(text))) watch(socket, state);
      else socket.close(unauthenticated, "the token is missing or wrong");
    },
    drain(socket) {
      const { state } = socket.data;
      if (state === undefined || state.dropped === 0 || socket.getBufferedAmount() > 0) return;
      state.stop();
      const count = state.dropped;
      state.dropped = 0;
      send(socket, state, [{ type: "quorate.dropped", count }]);
      watch(socket, state);
    },
    close(socket) {
      socket.data.state?.stop();
    },
  };
}

function send(socket: ServerWebSocket<WatcherData>, state: WatcherState, messages: readonly InspectMessage[]): void {
  if (state.dropped > 0 || socket.getBufferedAmount() > behindBytes) {
    state.dropped += messages.length;
    return;
  }
  if (!socket.data.forStately) socket.send(JSON.stringify(messages));
  else for (const message of messages) if (message.type.startsWith("@xstate.")) socket.send(JSON.stringify(message));
}

function tokenIn(text: string | Buffer): unknown {
  try {
    const said: unknown = JSON.parse(String(text));
    return typeof said === "object" && said !== null && "token" in said ? said.token : undefined;
  } catch {
    return undefined; // no JSON, no token
  }
}
