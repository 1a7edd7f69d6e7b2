/** A room's past, as hooks: its details, its state at a rev, its ops by pages. From: the room's views. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { OpRow, RoomDetail, StateAt } from "../../api.ts";
import { isAborted, messageOf } from "./client.ts";
import { useInspector } from "./inspector.ts";
import { Latest } from "./latest.ts";
import { peopleInOps } from "./names.ts";

/** `stamp`: whenever it changes, what is kept of the room may have changed, too. */
export function useRoomDetail(room: string, stamp: string): { readonly detail?: RoomDetail; readonly problem?: string } {
  const { api } = useInspector();
  const [got, setGot] = useState<{ readonly of: string; readonly detail?: RoomDetail; readonly problem?: string }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stamp is why it is asked again
  useEffect(() => {
    const stop = new AbortController();
    api.room(room, stop.signal).then(
      (detail) => setGot({ of: room, detail }),
      (error: unknown) => isAborted(error) || setGot({ of: room, problem: messageOf(error) }),
    );
    return () => stop.abort();
  }, [api, room, stamp]);
  return got?.of === room ? got : {};
}

export interface Seen {
  /** The newest that there is, perhaps not yet of the rev that is asked for. */
  readonly state: StateAt | undefined;
  /** Why there is none of that rev. */
  readonly problem: string | undefined;
  readonly isLoading: boolean;
}

const statesKept = 30;

interface Moment {
  readonly room: string;
  readonly epoch: string | undefined;
  readonly rev: number;
}
const nameOf = ({ room, epoch, rev }: Moment): string => `${rev} ${epoch} ${room}`;

/** The room's state right after `rev`. `waits`: see latest.ts. */
export function useStateAt(room: string, epoch: string | undefined, rev: number | undefined, waits: boolean): Seen {
  const inspector = useInspector();
  const { api } = inspector;
  const [seen, setSeen] = useState<Moment & { readonly state?: StateAt; readonly problem?: string }>();
  const kept = useRef(new Map<string, StateAt>());
  const latest = useRef<Latest<Moment, StateAt>>(undefined);
  latest.current ??= new Latest<Moment, StateAt>({
    fetch: (moment, signal) => api.stateAt(moment.room, moment.rev, signal),
    onAnswer: (moment, state) => {
      inspector.learn(state.roster);
      kept.current.set(nameOf(moment), state);
      const [oldest] = kept.current.keys();
      if (kept.current.size > statesKept && oldest !== undefined) kept.current.delete(oldest);
      setSeen({ ...moment, state });
    },
    onFailure: (moment, error) => setSeen({ ...moment, problem: messageOf(error) }),
  });
  useEffect(() => {
    const { current } = latest;
    if (rev === undefined) return current?.stop();
    const moment = { room, epoch, rev };
    const known = kept.current.get(nameOf(moment));
    if (known === undefined) return current?.ask(moment, waits);
    current?.stop();
    setSeen({ ...moment, state: known });
  }, [room, epoch, rev, waits]);
  useEffect(() => () => latest.current?.stop(), []);
  const ours = seen?.room === room && seen.epoch === epoch ? seen : undefined;
  return {
    state: ours?.state,
    problem: ours?.rev === rev ? ours?.problem : undefined,
    isLoading: rev !== undefined && ours?.rev !== rev,
  };
}

const opsPerPage = 200;
const pagesKept = 12;

interface Pages {
  readonly of: string;
  readonly got: Map<number, readonly OpRow[]>;
  readonly asked: Set<number>;
}

/** Ops by rev, fetched by pages as they come into sight. */
export function useOps(room: string, epoch: string | undefined, opsFrom: number, head: number) {
  const inspector = useInspector();
  const { api } = inspector;
  const [, turn] = useState(0);
  const [problem, setProblem] = useState<string>();
  const of = `${epoch} ${room}`;
  const ref = useRef<Pages>(undefined);
  if (ref.current?.of !== of) ref.current = { of, got: new Map(), asked: new Set() };
  const pages = ref.current;
  const need = useCallback(
    (firstRev: number, lastRev: number) => {
      for (let page = Math.floor(firstRev / opsPerPage); page <= Math.floor(lastRev / opsPerPage); page++) {
        const from = Math.max(opsFrom, page * opsPerPage, 1);
        const to = Math.min(head, page * opsPerPage + opsPerPage - 1);
        if (from > to || pages.asked.has(page) || (pages.got.get(page)?.at(-1)?.rev ?? -1) >= to) continue;
        pages.asked.add(page);
        const got = api.ops(room, from, to - from + 1).then(({ ops }) => {
          inspector.learn(peopleInOps(ops));
          pages.got.delete(page);
          pages.got.set(page, ops);
          const [oldest] = pages.got.keys();
          if (pages.got.size > pagesKept && oldest !== undefined) pages.got.delete(oldest);
        });
        got
          .then(
            () => setProblem(undefined),
            (error: unknown) => setProblem(messageOf(error)),
          )
          .finally(() => {
            pages.asked.delete(page);
            turn((n) => n + 1);
          });
      }
    },
    [api, inspector, room, opsFrom, head, pages],
  );
  const opAt = (rev: number): OpRow | undefined => pages.got.get(Math.floor(rev / opsPerPage))?.find((op) => op.rev === rev);
  return { need, opAt, problem };
}
