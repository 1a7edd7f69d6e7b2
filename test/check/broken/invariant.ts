import * as v from "valibot";
import { assign } from "xstate";
import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

interface Args {
  readonly context: { readonly total: number };
  readonly event: { readonly n: number };
}

export const room = brokenRoom({
  machine: {
    ...goAndBack,
    context: { total: 0 },
    on: { take: { actions: assign({ total: (({ context, event }: Args) => context.total - event.n) as never }) } },
  },
  commands: { ...goAndBackCommands, take: { n: v.pipe(v.number(), v.minValue(0), v.maxValue(5)) } },
  more: { invariants: { "the total is never negative": ({ total }: { total: number }) => total >= 0 } },
});
