/** The client that README.md shows, word for word. */

import { createRoom, meeting } from "../../src/index.ts";

const room = createRoom(meeting, { url: "http://127.0.0.1:3000", id: "weekly", token: "Ada" });
room.select(({ context }) => context.meeting.hands).subscribe((hands) => console.log(`${hands.length} hands are up`));
room.on("refused", ({ command, reason }) => console.log(`${command.type}: ${reason}`));

const why = room.explain({ type: "meeting.start" });
if (why.verdict === "refused") console.log(why.reason); // "Only a host may do this."

const sent = room.send({ type: "hand.raise" }); // `room.state` shows it at once
const outcome = await sent.settled; // {ok: true, rev} once it is durable, or {ok: false, code, reason, guard …}
if (!outcome.ok && outcome.code === "guard" && outcome.guard === "isLive") console.log("Too early:", outcome.reason);
