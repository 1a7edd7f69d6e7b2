/** All that the page knows and can ask, for its views. From: main.tsx. */
import { createContext, useCallback, useContext } from "react";
import { ApiClient, messageOf } from "./client.ts";
import { type Live, listed, nothing, renewed, told } from "./live.ts";
import { learned, type Names, peopleInStream } from "./names.ts";
import { createStore, type Store, useStore } from "./store.ts";
import { Stream, type StreamStatus } from "./stream.ts";

export class Inspector {
  readonly token: string;
  readonly api: ApiClient;
  readonly live: Store<Live> = createStore(nothing);
  readonly status: Store<StreamStatus> = createStore<StreamStatus>({ is: "connecting" });
  /** What went wrong that belongs to no view. */
  readonly problem: Store<string | undefined> = createStore<string | undefined>(undefined);
  readonly names: Store<Names> = createStore<Names>(new Map());
  readonly #stream: Stream;

  /** `onRefused`: the token is wrong. */
  constructor(token: string, onRefused: () => void) {
    this.token = token;
    this.api = new ApiClient(token, onRefused);
    this.#stream = new Stream(token, {
      onStatus: (status) => this.status.set(status),
      onOpen: () => {
        this.live.set(renewed(this.live.get()));
        void this.#listRooms();
      },
      onMessages: (messages) => {
        this.learn(peopleInStream(messages));
        this.live.set(told(this.live.get(), messages));
      },
      onRefused,
    });
  }

  /** Somebody's name came along. */
  learn(people: Parameters<typeof learned>[1]): void {
    this.names.set(learned(this.names.get(), people));
  }

  retry(): void {
    this.#stream.retry();
  }

  stop(): void {
    this.#stream.stop();
  }

  async #listRooms(): Promise<void> {
    try {
      await this.api.rooms((rows) => this.live.set(listed(this.live.get(), rows)));
      this.problem.set(undefined);
    } catch (error) {
      this.problem.set(`The list of rooms is not whole: ${messageOf(error)}`);
    }
  }
}

const InspectorContext = createContext<Inspector | undefined>(undefined);
export const InspectorProvider = InspectorContext.Provider;

export function useInspector(): Inspector {
  const inspector = useContext(InspectorContext);
  if (inspector === undefined) throw new Error("there is no inspector around this component");
  return inspector;
}

/** A user's name; their id until it is known. */
export function useNameOf(): (user: string) => string {
  const names = useStore(useInspector().names);
  return useCallback((user) => names.get(user) ?? user, [names]);
}
