import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

export const room = brokenRoom({
  machine: { ...goAndBack, on: { jump: { guard: "isNobody", target: ".there" } } },
  commands: { ...goAndBackCommands, jump: {} },
  parts: { guards: { isNobody: ({ event }: { event: { by: { role: string } } }) => event.by.role === "nobody" } },
  reasons: { isNobody: "For nobody." },
});
