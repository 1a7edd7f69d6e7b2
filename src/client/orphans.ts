/**
 * A tab or process died and left commands: the next one sends them as the client that gave them, each once; their refusals are told there.
 * From: the storages, so that a bundle without one has nothing of this. To: a room of its own for each.
 */
import type { AnyRoomType } from "../room/define-room.ts";
import { ClientRoom } from "./client-room.ts";
import type { ClientStorage, Slot } from "./storage.ts";
import type { SyncOptions } from "./sync.ts";

export type CourierOptions = Omit<SyncOptions, "storage" | "isCourier">;

/** Never rejects. */
export async function settleOrphans(
  this: ClientStorage,
  definition: AnyRoomType,
  options: CourierOptions,
  room: ClientRoom,
): Promise<void> {
  try {
    for (const slot of await this.orphans(options.address)) settle(definition, options, slot, room);
  } catch (error) {
    room.tell("trouble", { code: "storage", message: "What other tabs left could not be looked for.", error });
  }
}

function settle(definition: AnyRoomType, options: CourierOptions, slot: Slot, room: ClientRoom): void {
  const claim = async () => slot;
  const storage: ClientStorage = { claim, claimFresh: claim, orphans: async () => [], settleOrphans };
  const courier = new ClientRoom(definition, { ...options, storage, isCourier: true });
  for (const name of ["refused", "trouble"]) courier.on(name, (event) => room.tell(name, event));
  room.subscribe(() => {
    if (room.connection.status === "closed") void courier.close();
  });
  // Closed with its errand undone, it leaves the commands for the next.
  void courier
    .start()
    .then(() => courier.whenSynced())
    .then(
      () => courier.leave(true),
      () => undefined,
    );
}
