/** The room type that is measured: who is here and what they say of themselves. Its state grows with the people, and nobody changes another's entry. */
import * as v from "valibot";
import { assign, setup } from "xstate";
import { type CommandEvent, defineRoom, type RoomInput, type SystemEvent, type Table, table } from "../../src/index.ts";

const commands = {
  status: { text: v.pipe(v.string(), v.maxLength(2_000)), mark: v.number() },
  /** People who have a place and are not here. */
  invite: { from: v.pipe(v.number(), v.safeInteger()), count: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(500)) },
};

interface Participant {
  readonly id: string;
  readonly status: string;
  /** When its writer meant to send it, on the writer's clock, ms. */
  readonly mark: number;
}
interface Pulse {
  readonly participants: Table<Participant>;
}

const silent = (id: string): Participant => ({ id, status: "", mark: 0 });

const machine = setup({
  types: {} as { context: Pulse; events: CommandEvent<typeof commands> | SystemEvent; input: RoomInput },
  guards: {
    isParticipant: ({ context, event }) => table.has(context.participants, event.by.user),
  },
}).createMachine({
  id: "pulse",
  context: { participants: [] },
  initial: "open",
  states: {
    open: {
      on: {
        "participant.joined": {
          actions: assign({ participants: ({ context, event }) => table.put(context.participants, silent(event.user)) }),
        },
        "participant.left": {
          actions: assign({ participants: ({ context, event }) => table.remove(context.participants, event.user) }),
        },
        status: {
          guard: "isParticipant",
          actions: assign({
            participants: ({ context, event }) =>
              table.put(context.participants, { id: event.by.user, status: event.text, mark: event.mark }),
          }),
        },
        invite: {
          guard: "isParticipant",
          actions: assign({
            participants: ({ context, event }) => {
              const invited = Array.from({ length: event.count }, (_, i) => silent(`invited-${event.from + i}`));
              return invited.reduce<Table<Participant>>(table.put, context.participants);
            },
          }),
        },
      },
    },
  },
});

export const pulse = defineRoom({
  type: "pulse",
  version: 1,
  machine,
  commands,
  presence: { x: v.number(), y: v.number() },
  reasons: { isParticipant: "Join first." },
});
