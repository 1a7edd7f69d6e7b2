/** `quorate/react`: a room in React's terms, on `useSyncExternalStore`. A component re-renders only when what it asked for changes. */
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import type { ConnectionView, Me } from "../client/client-room.ts";
import type { PendingCommand, Room, RoomPresence } from "../client/create-room.ts";
import type { Undo } from "../client/undo.ts";
import type { AnyRoomType, CommandOf, SnapshotOf } from "../room/define-room.ts";
import type { Verdict } from "../room/verdict.ts";

export interface RoomHooks<R extends AnyRoomType> {
  /** Make the room outside of components: it must outlive renders. */
  RoomProvider(props: { readonly room: Room<R>; readonly children?: ReactNode }): ReactElement;
  useRoom(): Room<R>;
  /** One value of the state, compared by `Object.is` or `equal`. */
  useSelect<T>(fn: (state: SnapshotOf<R>) => T, equal?: (before: T, after: T) => boolean): T;
  usePresence(): readonly [others: RoomPresence<R>["others"], set: RoomPresence<R>["set"]];
  /** The verdict on a command as things stand: for a button, its `disabled` and its tooltip. */
  useCan(command: CommandOf<R>): Verdict<R>;
  useConnection(): ConnectionView;
  usePending(): readonly PendingCommand<R>[];
  useMe(): Me | undefined;
}

/** Hooks for one room type, typed by it. Each call makes a context of its own. */
export function roomHooks<R extends AnyRoomType>(definition: R): RoomHooks<R> {
  const Context = createContext<Room<R> | undefined>(undefined);
  const useRoom = (): Room<R> => {
    const room = useContext(Context);
    if (room === undefined) throw new Error(`no <RoomProvider> for a room of type '${definition.type}' around this component`);
    return room;
  };
  const useValue = <T>(read: (room: Room<R>) => T): T => {
    const room = useRoom();
    const get = () => read(room);
    return useSyncExternalStore(
      useCallback((listener: () => void) => room.subscribe(listener), [room]),
      get,
      get,
    );
  };
  return {
    RoomProvider: ({ room, children }) => createElement(Context.Provider, { value: room }, children),
    useRoom,
    useSelect<T>(fn: (state: SnapshotOf<R>) => T, equal: (before: T, after: T) => boolean = Object.is) {
      const last = useRef<{ readonly value: T } | undefined>(undefined);
      return useValue((room) => {
        const value = fn(room.state);
        // React asks more than once per render: the answer has to be the same one.
        if (last.current === undefined || !equal(last.current.value, value)) last.current = { value };
        return last.current.value;
      });
    },
    usePresence() {
      const { presence } = useRoom();
      const set = useCallback((change: Parameters<typeof presence.set>[0]) => presence.set(change), [presence]);
      return [useValue((room) => room.presence.others), set];
    },
    useCan(command) {
      const room = useRoom();
      const key = JSON.stringify(command);
      // biome-ignore lint/correctness/useExhaustiveDependencies: equal commands are one command
      const asked = useMemo(() => command, [key]);
      const last = useRef<{ readonly key: string; readonly text: string; readonly verdict: Verdict<R> } | undefined>(undefined);
      return useValue(() => {
        const verdict = room.explain(asked);
        const text = JSON.stringify(verdict);
        if (last.current?.key !== key || last.current.text !== text) last.current = { key, text, verdict };
        return last.current.verdict;
      });
    },
    useConnection: () => useValue((room) => room.connection),
    usePending: () => useValue((room) => room.pending),
    useMe: () => useValue((room) => room.me),
  };
}

/** What may be undone and redone now, or why not. Make the undo beside the room: `createUndo(room)`. */
export function useUndo<R extends AnyRoomType>(undo: Undo<R>): Pick<Undo<R>, "canUndo" | "canRedo"> {
  const canUndo = useSyncExternalStore(
    undo.subscribe,
    () => undo.canUndo,
    () => undo.canUndo,
  );
  const canRedo = useSyncExternalStore(
    undo.subscribe,
    () => undo.canRedo,
    () => undo.canRedo,
  );
  return { canUndo, canRedo };
}
