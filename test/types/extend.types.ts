/** Checked by `tsc` alone: what an app's region on the meeting may say, and what it may not. */
import * as v from "valibot";
import { and, emit, fromPromise } from "xstate";
import type { Role } from "../../machines/meeting.ts";
import type { Room } from "../../src/client/index.ts";
import { type ExtendedContext, extendMeeting } from "../../src/meeting/extend.ts";
import { update } from "../../src/meeting/update.ts";
import { type CommandOf, defineRoom, type GuardName, type SnapshotOf } from "../../src/room/define-room.ts";
import { serve } from "../../src/room/serve.ts";
import type { Refusal } from "../../src/room/verdict.ts";
import { type estimates, kit } from "../meeting/estimates.ts";

type Estimates = typeof estimates;
type Snapshot = SnapshotOf<Estimates>;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// States.
export const matches = (state: Snapshot) =>
  state.matches({ app: "giving" }) || state.matches({ phase: "live", recording: "on", floor: "taken", agenda: "overtime", app: "shown" });
// @ts-expect-error the app's region has no such state
export const wrongState = (state: Snapshot) => state.matches({ app: "givin" });
// @ts-expect-error the meeting has no such region
export const wrongRegion = (state: Snapshot) => state.matches({ phases: "live" });
// @ts-expect-error a region of the meeting has no such state
export const wrongCoreState = (state: Snapshot) => state.matches({ phase: "giving" });
export const value: Equal<Snapshot["value"]["app"], "idle" | "giving" | "shown" | "filing"> = true;
export const phase: Equal<Snapshot["value"]["phase"], "lobby" | "live" | "ended"> = true;

// Commands, the meeting's and the app's.
export const own: CommandOf<Estimates> = { type: "task.open", task: "Login" };
export const core: CommandOf<Estimates> = { type: "floor.give", user: "ann" };
// @ts-expect-error 3 hours cannot be given
export const wrongPayload: CommandOf<Estimates> = { type: "give", hours: 3 };
// @ts-expect-error there is no such command
export const unknownCommand: CommandOf<Estimates> = { type: "task.opn", task: "Login" };

// Guards, in refusals and reasons.
export const guardNames: Equal<Extract<GuardName<Estimates["machine"]>, "allGave" | "isHost" | "itemTime">, "allGave" | "isHost"> = true;
export const readsGuard = (refusal: Refusal<Estimates>) =>
  refusal.code === "guard" && (refusal.guard === "allGave" || refusal.guard === "isLive");
// @ts-expect-error there is no such guard
export const unknownGuard = (refusal: Refusal<Estimates>) => refusal.code === "guard" && refusal.guard === "allGve";

// At a client.
export const client = (room: Room<Estimates>) => {
  room.select(({ context }) => Object.keys(context.app.given).length + context.meeting.hands.length);
  room.on("cue", (cue) => (cue.type === "shown" ? cue.task : cue.type === "reaction" ? cue.emoji : ""));
  // @ts-expect-error neither the meeting nor the app has such a cue
  room.on("cue", (cue) => cue.type === "shwn");
};

// Services.
serve({} as Estimates, {
  services: {
    recorder: fromPromise(async ({ input }) => ({ file: `${input.room}.json` })),
    tracker: fromPromise(async ({ input }) => ({ ticket: `${input.task}: ${input.hours.toFixed()}` })),
  },
});
// @ts-expect-error a ticket is text
serve({} as Estimates, { services: { tracker: fromPromise(async () => ({ ticket: 1 })) } });
// @ts-expect-error the machine has no such service
serve({} as Estimates, { services: { traker: fromPromise(async () => ({ ticket: "1" })) } });
// @ts-expect-error the recorder gives a file
serve({} as Estimates, { services: { recorder: fromPromise(async () => ({ fle: "" })) } });

// What a region says.
kit.createMachine({
  on: {
    give: {
      actions: [
        update(({ app, context, event }) => {
          const role: Role = event.by.role;
          const hours: Equal<typeof event.hours, 1 | 2 | 4 | 8 | 16> = true;
          return context.meeting.speaker === null && role === "host" && hours ? { task: app.task } : { seconds: 1, given: {} };
        }),
        update(({ app }) => (app.endsAt === null ? {} : { endsAt: app.endsAt + 1 })),
        emit({ type: "shown", task: "a" }),
      ],
    },
    // An app may react to what happens in the meeting.
    "participant.left": { actions: update(({ event }) => ({ task: event.user })) },
  },
});
kit.createMachine({
  // @ts-expect-error there is no such command
  on: { gve: { guard: "isHost", target: ".idle" } },
});
kit.createMachine({
  // @ts-expect-error there is no such guard
  on: { give: { guard: "isHots", target: ".idle" } },
});
kit.createMachine({
  // @ts-expect-error there is no such guard below `and`
  on: { give: { guard: and(["isHost", "alGave"]), target: ".idle" } },
});
kit.createMachine({
  // @ts-expect-error the guard needs its params
  on: { give: { guard: "gaveAtLeast", target: ".idle" } },
});
kit.createMachine({
  // @ts-expect-error the guard's params are {n: number}
  on: { give: { guard: { type: "gaveAtLeast", params: { n: "1" } }, target: ".idle" } },
});
kit.createMachine({
  // @ts-expect-error the meeting's own actions are not the app's
  on: { give: { actions: "endMeeting" } },
});
kit.createMachine({
  // @ts-expect-error the recorder belongs to the meeting
  invoke: { src: "recorder", id: "another" },
});
kit.createMachine({
  // @ts-expect-error there is no such service
  invoke: { src: "traker", id: "tracker" },
});
kit.createMachine({
  // @ts-expect-error the service needs its input
  invoke: { src: "tracker", id: "tracker", input: { task: 1 } },
});
kit.createMachine({
  // @ts-expect-error there is no such cue
  entry: emit({ type: "shwn", task: "a" }),
});
kit.createMachine({
  // @ts-expect-error the meeting's cues are not the app's: this one would close somebody's connections
  entry: emit({ type: "participant.removed", user: "a", name: "b" }),
});

// Names.
const app = () => ({ n: 0 });
extendMeeting({
  // @ts-expect-error ✗ 'meeting.start' is a command of the meeting itself
  commands: { "meeting.start": {} },
  app,
});
extendMeeting({
  // @ts-expect-error ✗ 'vote' must not declare 'at': the server stamps it
  commands: { vote: { at: v.number() } },
  app,
});
extendMeeting({
  // @ts-expect-error ✗ 'participant.joined': this name is kept for the room's own events
  commands: { "participant.joined": {} },
  app,
});
extendMeeting({
  commands: {},
  app,
  guards: {
    // @ts-expect-error ✗ 'isHost' is a guard of the meeting itself
    isHost: () => true,
  },
});
extendMeeting({
  commands: {},
  app,
  delays: {
    // @ts-expect-error ✗ 'itemTime' is a delay of the meeting itself
    itemTime: 1,
  },
});
extendMeeting({
  commands: {},
  app,
  actors: {
    // @ts-expect-error ✗ 'recorder' is a service of the meeting itself
    recorder: fromPromise(async () => 1),
  },
});
extendMeeting({
  commands: {},
  app,
  // @ts-expect-error ✗ 'reaction' is a cue of the meeting itself
  cues: {} as { type: "reaction" },
});
extendMeeting({
  commands: { vote: { card: v.number() } },
  app,
  // @ts-expect-error the event has no such field
  guards: { high: ({ event }) => event.type === "vote" && event.crd > 1 },
});
extendMeeting({
  commands: {},
  app,
  // @ts-expect-error the app's data has no such field
  delays: { time: ({ context }) => context.app.m },
});

// An app without guards, delays, services and cues.
const bare = extendMeeting({ commands: { count: { by2: v.boolean() } }, app: ({ at }) => ({ since: at, n: 0 }) });
const counting = bare.createMachine({
  on: { count: { guard: "isMember", actions: update(({ app, event }) => ({ n: app.n + (event.by2 ? 2 : 1) })) } },
});
const definition = { type: "count", version: 1, machine: counting, commands: bare.commands, role: bare.role } as const;
defineRoom({ ...definition, reasons: bare.reasons });
defineRoom({
  ...definition,
  reasons: { ...bare.reasons, isHost: ({ context }) => `${context.app.n} times no.`, "not isHost": "Not the host." },
});
// @ts-expect-error the meeting's guards have no reasons
defineRoom({ ...definition, reasons: {} });
// @ts-expect-error ✗ the machine handles 'count', but no schema describes it
defineRoom({ ...definition, commands: {}, reasons: bare.reasons });
defineRoom({
  ...definition,
  reasons: bare.reasons,
  // A view may hide what is the meeting's, too: it shows, and changes nothing.
  audience: ({ role }) => (role === "observer" ? "observers" : "others"),
  view: ({ context }, audience) => (audience === "observers" ? { ...context, meeting: { ...context.meeting, chat: [] } } : context),
  own: ({ context }, user) => ({ meeting: { hands: context.meeting.hands.filter((hand) => hand === user) }, app: { n: context.app.n } }),
  invariants: { "n counts": ({ app, meeting }) => app.n >= 0 || meeting.locked },
  migrate: (_, { context }) => ({ context: { ...(context as ExtendedContext<{ since: number }>), app: { since: 0, n: 0 } } }),
});
defineRoom({
  ...definition,
  reasons: bare.reasons,
  // @ts-expect-error a view of the meeting has all of its fields
  view: ({ context }) => ({ ...context, meeting: { chat: [] } }),
});

bare.createMachine({
  // @ts-expect-error this app has no cues
  entry: emit({ type: "shown", task: "a" }),
});

// A guard of the app needs a reason of the app.
const picky = extendMeeting({ commands: {}, app, guards: { some: ({ context }) => context.app.n > 0 } });
const pickyMachine = picky.createMachine({});
// @ts-expect-error 'some' has no reason
defineRoom({ type: "picky", version: 1, machine: pickyMachine, commands: picky.commands, reasons: picky.reasons });
