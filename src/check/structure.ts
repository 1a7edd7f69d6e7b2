/** What can be read off a room type that could be defined. From: check-machine.ts. What keeps one from being defined is in room/findings.ts. */
import type { AnyStateNode } from "xstate";
import { isKnownType } from "../room/commands.ts";
import type { AnyRoomType } from "../room/define-room.ts";
import { isWithin, nodesOf } from "../room/nodes.ts";
import type { Finding } from "./finding.ts";
import { childrenOf, coreOf, handles, isFor, nameOf, targetsOf, transitionsOf } from "./nodes.ts";

export function structureFindings(room: AnyRoomType): readonly Finding[] {
  const { root } = room.machine;
  return [...versionFindings(room), ...schemaFindings(room), ...nodesOf(root).flatMap(crossings), ...coreFindings(room)];
}

function versionFindings({ version, migrate }: AnyRoomType): readonly Finding[] {
  if (version <= 1 || migrate !== undefined) return [];
  return [{ code: "no-migrate", text: `this is version ${version}, and nothing brings older rooms to it: give \`migrate\`` }];
}

function schemaFindings({ machine, commands }: AnyRoomType): readonly Finding[] {
  const known = (descriptor: string): boolean => {
    if (descriptor.startsWith("xstate.") || isKnownType(commands, descriptor)) return true;
    if (!descriptor.endsWith("*")) return false;
    const types = [...Object.keys(commands), "participant.joined", "participant.left", "participant.away", "participant.back"];
    return types.some((type) => isFor(descriptor, type));
  };
  return nodesOf(machine.root).flatMap((node) =>
    [...node.transitions.keys()]
      .filter((descriptor) => !known(descriptor))
      .map((descriptor) => ({
        code: "event-without-schema" as const,
        text: `'${descriptor}' is handled, but no schema describes it`,
        where: nameOf(node),
      })),
  );
}

/** XState leaves both regions and enters the whole again: the first region's state is lost. */
function crossings(parallel: AnyStateNode): readonly Finding[] {
  if (parallel.type !== "parallel") return [];
  return childrenOf(parallel).flatMap((region) =>
    nodesOf(region).flatMap((node) =>
      transitionsOf(node).flatMap((transition) =>
        targetsOf(transition)
          .filter((target) => !isWithin(target, region))
          .map((target) => ({
            code: "crosses-regions" as const,
            text: `'${transition.eventType || "always"}' leads from the region '${nameOf(region)}' to '${nameOf(target)}'; a region may move itself alone`,
            where: nameOf(node),
          })),
      ),
    ),
  );
}

function coreFindings({ machine, commands }: AnyRoomType): readonly Finding[] {
  const core = coreOf(machine).flatMap(nodesOf);
  const app = machine.root.states["app"];
  if (core.length === 0 || app === undefined) return [];
  const admitting = [...Object.keys(commands), "participant.joined"];
  const types = admitting.filter((type) => core.some((node) => node.transitions.has(type)));
  return types.flatMap((type) => {
    const node = nodesOf(app).find((inner) => handles(inner, type));
    const text = `the region 'app' handles '${type}', which is the meeting's own: it would be accepted where the meeting refuses it`;
    return node === undefined ? [] : [{ code: "app-handles-core" as const, text, where: nameOf(node) }];
  });
}
