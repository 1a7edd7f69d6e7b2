/** The machines of one file, or of one room type, as modules for Stately Studio. From: main.ts. */
import { resolve } from "node:path";
import { type AnyStateMachine, StateMachine } from "xstate";
import { studioText } from "../inspect/studio.ts";
import { isRoomType } from "../room/define-room.ts";
import { DefinitionError } from "../room/findings.ts";
import { CannotCheck, isFile, loadFile } from "./check-file.ts";

/** `fileOrType`: a file, or a room type of one of `roomFiles`. Several machines have a line each that says which is which. Throws `CannotCheck`. */
export async function printed(fileOrType: string, roomFiles: readonly string[]): Promise<string> {
  const machines = (await isFile(resolve(fileOrType)))
    ? await machinesOf(resolve(fileOrType))
    : await machinesOfType(fileOrType, roomFiles);
  const texts = [...machines].map(([name, machine]) => (machines.size === 1 ? studioText(machine) : `// ${name}\n${studioText(machine)}`));
  return texts.join("\n");
}

/** Of its room types, by type; where it exports none, the machines themselves, by the name of the export. */
async function machinesOf(file: string): Promise<ReadonlyMap<string, AnyStateMachine>> {
  const exported = await loadFile(file);
  if (exported instanceof DefinitionError) throw new CannotCheck(exported.message);
  const rooms = Object.values(exported).filter(isRoomType);
  if (rooms.length > 0) return new Map(rooms.map(({ type, machine }) => [type, machine]));
  const machines = Object.entries(exported).filter((entry): entry is [string, AnyStateMachine] => entry[1] instanceof StateMachine);
  if (machines.length === 0) throw new CannotCheck("it exports no room type, and no machine");
  return new Map(machines);
}

async function machinesOfType(type: string, roomFiles: readonly string[]): Promise<ReadonlyMap<string, AnyStateMachine>> {
  for (const file of roomFiles) {
    const exported = await loadFile(file);
    const room =
      exported instanceof DefinitionError ? undefined : Object.values(exported).find((value) => isRoomType(value) && value.type === type);
    if (isRoomType(room)) return new Map([[type, room.machine]]);
  }
  throw new CannotCheck("there is no such file, and no examples/<app>/room.ts has this room type");
}
