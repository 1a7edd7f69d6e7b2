/** Watches an admin listener as the inspector's page does: its stream, and its questions. */

import type { QuorateServer } from "../../src/gateway/server.ts";
import type { InspectMessage } from "../../src/inspect/messages.ts";

export const token = "a-token-for-tests-alone";

/** It never says a word. */
export const nothing = Symbol("nothing");

export class PageWatcher {
  readonly messages: InspectMessage[] = [];
  /** Each frame as it came. */
  readonly frames: string[] = [];
  closed: number | undefined;
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];

  constructor(server: QuorateServer, said: unknown = { token }) {
    this.#socket = new WebSocket(address(server, "/api/stream").replace("http", "ws"));
    this.#socket.onopen = () => {
      if (said !== nothing) this.#socket.send(JSON.stringify(said));
    };
    this.#socket.onmessage = ({ data }) => {
      this.frames.push(String(data));
      this.messages.push(...(JSON.parse(String(data)) as InspectMessage[]));
      this.#wake();
    };
    this.#socket.onclose = ({ code }) => {
      this.closed = code;
      this.#wake();
    };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The newest value that an actor was seen in. */
  valueOf(id: string): unknown {
    const about = this.messages.findLast(
      (message) => (message.type === "@xstate.snapshot" || message.type === "@xstate.actor") && message.sessionId === id,
    );
    return about !== undefined && "snapshot" in about ? about.snapshot.value : undefined;
  }

  close(): void {
    this.#socket.close();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export const address = (server: QuorateServer, path: string): string => new URL(path, server.adminUrl).href;

export const ask = (server: QuorateServer, path: string, given: string | null = token): Promise<Response> =>
  fetch(address(server, path), given === null ? {} : { headers: { authorization: `Bearer ${given}` } });

export const askJson = async <T>(server: QuorateServer, path: string): Promise<T> => {
  const response = await ask(server, path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};
