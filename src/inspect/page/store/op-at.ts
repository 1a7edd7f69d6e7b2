/** The one op of a rev. From: views/history-tab.tsx. */
import { useEffect, useState } from "react";
import type { OpRow } from "../../api.ts";
import { messageOf } from "./client.ts";
import { useInspector } from "./inspector.ts";
import { Latest } from "./latest.ts";

interface Moment {
  readonly room: string;
  readonly rev: number;
}
interface Got extends Moment {
  readonly op?: OpRow | undefined;
  readonly problem?: string;
}

export function useOpAt(room: string, rev: number, opsFrom: number): { readonly op?: OpRow | undefined; readonly problem?: string } {
  const { api } = useInspector();
  const [got, setGot] = useState<Got>();
  const [latest] = useState(
    () =>
      new Latest<Moment, OpRow | undefined>({
        fetch: async (moment, signal) => (await api.ops(moment.room, moment.rev, 1, signal)).ops.find((op) => op.rev === moment.rev),
        onAnswer: (moment, op) => setGot({ ...moment, op }),
        onFailure: (moment, error) => setGot({ ...moment, problem: messageOf(error) }),
      }),
  );
  useEffect(() => {
    // One after the other: while a slider is dragged, most of them are never asked for.
    if (rev >= opsFrom && rev > 0) latest.ask({ room, rev }, true);
  }, [latest, room, rev, opsFrom]);
  useEffect(() => () => latest.stop(), [latest]);
  return got?.room === room && got.rev === rev ? got : {};
}
