import { emptyMeeting, meetingRegions, meetingSetup } from "../../../machines/meeting.ts";
import type { CheckOptions } from "../../../src/check/check-machine.ts";
import { meetingCommands } from "../../../src/meeting/commands.ts";
import { meetingReasons } from "../../../src/meeting/reasons.ts";
import { defineRoom } from "../../../src/room/define-room.ts";

/** Somebody whose hand is up raises it again, and the room takes that for a yes. */
const machine = meetingSetup.createMachine({
  id: "meeting",
  type: "parallel",
  context: ({ input }) => ({ id: input.id, meeting: emptyMeeting, app: {} }),
  states: {
    ...meetingRegions,
    app: { initial: "calm", states: { calm: { on: { "hand.raise": "lively" } }, lively: { on: { "hand.raise": "calm" } } } },
  },
});

export const room = defineRoom({ type: "broken", version: 1, machine, commands: meetingCommands, reasons: meetingReasons });
export const check: CheckOptions = { bounds: { statesMax: 100 } };
