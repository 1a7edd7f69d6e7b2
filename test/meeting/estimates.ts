/** A small app on the meeting: everybody estimates a task in secret, until time is up or the host shows what was given. */
import * as v from "valibot";
import { and, emit, fromPromise, or } from "xstate";
import { extendMeeting } from "../../src/meeting/extend.ts";
import { update } from "../../src/meeting/update.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { mask, reveal, type Secret } from "../../src/room/secret.ts";

const Hours = v.picklist([1, 2, 4, 8, 16]);
type Hours = v.InferOutput<typeof Hours>;
interface Estimates {
  readonly task: string;
  readonly seconds: number;
  readonly endsAt: number | null;
  /** User → hours; a view may hide the hours. */
  readonly given: Readonly<Record<string, Secret<Hours>>>;
  readonly agreed: readonly { readonly task: string; readonly hours: Hours; readonly ticket: string | null }[];
}

export const kit = extendMeeting({
  commands: {
    "task.open": { task: v.pipe(v.string(), v.maxLength(80)), seconds: v.optional(v.pipe(v.number(), v.maxValue(600)), 60) },
    give: { hours: Hours },
    show: {},
    agree: { hours: Hours },
  },
  app: (): Estimates => ({ task: "", seconds: 60, endsAt: null, given: {}, agreed: [] }),
  guards: {
    allGave: ({ context: { app, meeting } }) =>
      Object.entries(meeting.participants).every(([user, { role }]) => role === "observer" || Object.hasOwn(app.given, user)),
    wasGiven: ({ context: { app }, event }) =>
      event.type === "agree" && Object.values(app.given).some((hours) => reveal(hours) === event.hours),
    gaveAtLeast: ({ context }, { n }: { n: number }) => Object.keys(context.app.given).length >= n,
  },
  delays: { givingTime: ({ context }) => context.app.seconds * 1_000 },
  actors: {
    tracker: fromPromise<{ ticket: string }, { task: string; hours: number }>(() => Promise.reject(new Error("no tracker"))),
  },
  cues: {} as { readonly type: "shown"; readonly task: string },
});

const machine = kit.createMachine({
  initial: "idle",
  states: {
    idle: {
      on: {
        "task.open": {
          guard: and(["isHost", "isLive"]),
          target: "giving",
          actions: update(({ event }) => ({
            task: event.task,
            seconds: event.seconds,
            endsAt: event.at + event.seconds * 1_000,
            given: {},
          })),
        },
      },
    },
    giving: {
      after: { givingTime: { target: "shown" } },
      always: { guard: "hasEnded", target: "idle" },
      exit: update(() => ({ endsAt: null })),
      on: {
        give: {
          guard: and(["isPresent", "isMember"]),
          actions: update(({ app, event }) => ({ given: { ...app.given, [event.by.user]: event.hours } })),
        },
        show: { guard: and([{ type: "gaveAtLeast", params: { n: 1 } }, or(["isHost", "allGave"])]), target: "shown" },
      },
    },
    shown: {
      entry: emit(({ context }) => ({ type: "shown", task: context.app.task })),
      on: {
        agree: {
          guard: and(["isHost", "wasGiven"]),
          target: "filing",
          actions: update(({ app, event }) => ({ agreed: [...app.agreed, { task: app.task, hours: event.hours, ticket: null }] })),
        },
      },
    },
    filing: {
      invoke: {
        src: "tracker",
        id: "tracker",
        input: ({ context: { app } }) => ({ task: app.task, hours: app.agreed.at(-1)?.hours ?? 0 }),
        onDone: {
          target: "idle",
          actions: update(({ app, event }) => ({
            agreed: app.agreed.map((one, i) => (i === app.agreed.length - 1 ? { ...one, ticket: event.output.ticket } : one)),
          })),
        },
        onError: { target: "idle" },
      },
    },
  },
});

export const estimates = defineRoom({
  type: "estimates",
  version: 1,
  machine,
  commands: kit.commands,
  role: kit.role,
  presence: { typing: v.boolean() },
  view: (state) =>
    state.matches({ app: "giving" })
      ? { ...state.context, app: { ...state.context.app, given: mask(state.context.app.given) } }
      : state.context,
  reasons: {
    ...kit.reasons,
    isHost: "Only the host runs the rounds.",
    allGave: ({ context }) => `${Object.keys(context.app.given).length} gave theirs; wait for the rest.`,
    wasGiven: "Nobody gave that.",
    gaveAtLeast: ({ params }) => `At least ${params.n} estimate is needed.`,
  },
  invariants: {
    "the agreed have a task": ({ app }) => app.agreed.every(({ task }) => task !== ""),
  },
  limits: { clientsMax: 50 },
});
