/** The rules: a host asks, everybody answers in secret, and when time is up, all answers show. A region beside the meeting's own. */
import { extendMeeting, type Secret, update } from "quorate";
import * as v from "valibot";
import { and } from "xstate";

const answerMs = 30_000;

/** What this app adds to the meeting's data, as `context.app`: plain JSON. */
interface Round {
  readonly question: string;
  /** Ms since the Unix epoch; null while nothing is asked. */
  readonly endsAt: number | null;
  /** User → answer. While the question is open, the view in room.ts hides them. */
  readonly answers: Readonly<Record<string, Secret<string>>>;
}

const Line = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(120));

export const kit = extendMeeting({
  commands: { ask: { question: Line }, answer: { text: Line } },
  app: (): Round => ({ question: "", endsAt: null, answers: {} }),
  guards: {
    hasNotAnswered: ({ context, event }) => !Object.hasOwn(context.app.answers, event.by.user),
  },
  delays: { answerTime: answerMs },
});

/** Time, ids and names come in the event (`event.at`, `event.id`, `event.by`): each client runs this machine, too. */
export const machine = kit.createMachine({
  initial: "resting",
  states: {
    resting: {
      on: {
        ask: {
          guard: and(["isPresent", "isModerator"]),
          target: "asking",
          actions: update(({ event }) => ({ question: event.question, endsAt: event.at + answerMs, answers: {} })),
        },
      },
    },
    asking: {
      // Durable: it fires also if the server was started anew in between.
      after: { answerTime: "resting" },
      exit: update(() => ({ endsAt: null })),
      on: {
        answer: {
          guard: and(["isPresent", "isMember", "hasNotAnswered"]),
          actions: update(({ app, event }) => ({ answers: { ...app.answers, [event.by.user]: event.text } })),
        },
      },
    },
  },
});
