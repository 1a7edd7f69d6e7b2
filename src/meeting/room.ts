/** The meeting as a room type. From: an app's configuration. To: the directory; later the client, which predicts with the same definition. */

import * as v from "valibot";
import { meeting as machine } from "../../machines/meeting.ts";
import { defineRoom } from "../room/define-room.ts";
import { meetingCommands } from "./commands.ts";
import { inspectMeeting } from "./inspect.ts";
import { meetingReasons } from "./reasons.ts";
import { meetingRole } from "./role.ts";

export const meeting = defineRoom({
  type: "meeting",
  version: 1,
  machine,
  commands: meetingCommands,
  reasons: meetingReasons,
  role: meetingRole,
  inspect: inspectMeeting,
  presence: {
    cursor: v.exactOptional(v.tuple([v.number(), v.number()])),
    typing: v.exactOptional(v.boolean()),
  },
});
