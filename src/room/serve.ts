/** A room type with the server's half: its services. From: an app's configuration. To: directory.ts. */
import type { AnyRoomType, ServicesOf } from "./define-room.ts";
import type { ServedType } from "./directory.ts";

export interface Served {
  readonly def: AnyRoomType;
  readonly services: Readonly<Record<string, unknown>>;
}

/** Services run on the server only, after the commit of the op that asks for them, at least once. */
export const serve = <R extends AnyRoomType>(def: R, options: { readonly services: Partial<ServicesOf<R>> }): Served => ({
  def,
  services: options.services as Record<string, unknown>,
});

/** One machine per type, not per room: providing costs 33 µs and loses xstate's caches. */
export function servedTypes(rooms: readonly (AnyRoomType | Served)[]): ServedType[] {
  const types = rooms.map((room) => {
    const { def, services } = "def" in room ? room : { def: room, services: {} };
    return { def, machine: def.machine.provide({ actors: services as never }) };
  });
  const names = types.map(({ def }) => def.type);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`two room types are called '${twice}'`);
  return types;
}
