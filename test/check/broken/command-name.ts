import { brokenRoom, goAndBack, goAndBackCommands } from "../broken-room.ts";

export const room = brokenRoom({ machine: goAndBack, commands: { ...goAndBackCommands, "participant.kick": {} } });
