/** Prints what happens in the room, and to the connection, as it happens. From: terminal.ts, once. */
import type { Room } from "../../src/client/index.ts";
import type { MeetingRoomType } from "./commands.ts";
import { howThingsStand } from "./overview.ts";
import { type Line, sayCue, sayOp, sayRefused } from "./say.ts";
import type { Screen } from "./screen.ts";

export type MeetingRoom = Room<MeetingRoomType>;

/** Of the chat, when somebody comes in. */
const recentMax = 10;

/** The server cannot be reached, but may be again. */
export const isAway = ({ connection: { status } }: MeetingRoom): boolean => status === "backoff" || status === "offline";

export function follow(room: MeetingRoom, screen: Screen): void {
  let shownRev = -1;
  let shownAtMs = -Infinity;
  let link: "unknown" | "live" | "away" = "unknown";
  let wasIn = false;
  let saving = true;
  const print = (...lines: readonly Line[]) => screen.print(lines);

  room.on("op", (op) => {
    shownRev = op.rev;
    shownAtMs = op.at;
    print(...sayOp(op, room.confirmed));
  });
  room.on("cue", (cue) => print(...sayCue(cue, room.confirmed, room.now())));
  room.on("refused", ({ command, reason }) => print(sayRefused(command, reason)));
  room.on("trouble", ({ message }) => print({ text: message, tone: "bad" }));

  // Ops are told after the change that they made: what is not told by then came as a whole state.
  room.subscribe(() => queueMicrotask(changed));

  function changed(): void {
    const { connection, pending } = room;
    if (connection.saving !== saving) {
      saving = connection.saving;
      print(
        saving ? { text: "The server can save again.", tone: "good" } : { text: "The server cannot save now; commands wait.", tone: "bad" },
      );
    }
    if (connection.status === "live") {
      showUntold();
      if (link !== "live") arrived();
    } else if (isAway(room) && link !== "away") {
      link = "away";
      print({ text: `Offline with ${pending.length} pending: ${connection.reason ?? "no network."} Trying again.`, tone: "bad" });
    }
    screen.prompt = `${{ unknown: "connecting ", live: "", away: "offline " }[link]}${pending.length === 0 ? "" : `${pending.length} pending `}`;
  }

  function arrived(): void {
    const { me, roster, state, id } = room;
    if (wasIn) print({ text: "Live again.", tone: "good" });
    else {
      print({
        text: `In ${id} as ${me?.name ?? ""} (${me?.role ?? ""}), ${roster.size} connected. /help says what can be done.`,
        tone: "good",
      });
      print(...howThingsStand(state));
    }
    wasIn = true;
    link = "live";
  }

  /** The chat of a state that came whole. */
  function showUntold(): void {
    if (room.rev <= shownRev) return;
    shownRev = room.rev;
    const untold = room.confirmed.context.meeting.chat.filter(({ at }) => at > shownAtMs);
    shownAtMs = untold.at(-1)?.at ?? shownAtMs;
    print(...untold.slice(-recentMax).map(({ at, name, text }) => ({ at, who: name, text, tone: "chat" }) as const));
  }
}
