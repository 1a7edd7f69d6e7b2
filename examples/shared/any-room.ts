/** What the shared components ask of a room, whatever its type: a `Room` of `createRoom` is one. */
import type { ConnectionView, Me, Room } from "../../src/client/index.ts";
import type { AnyRoomType } from "../../src/room/define-room.ts";

/** A command of some type; an app's own components have theirs by name. */
export interface AnyCommand {
  readonly type: string;
}
export interface AnySnapshot {
  readonly value: unknown;
  readonly context: unknown;
}

export interface AnyRoom extends Pick<Room<AnyRoomType>, "id" | "rev" | "roster" | "now" | "subscribe" | "connect" | "leave"> {
  readonly state: AnySnapshot;
  readonly confirmed: AnySnapshot;
  readonly connection: ConnectionView;
  readonly me: Me | undefined;
  readonly pending: readonly { readonly seq: number; readonly command: AnyCommand; readonly predicted: boolean }[];
  explain(command: AnyCommand): { readonly verdict: "allowed" | "unknown" } | { readonly verdict: "refused"; readonly reason: string };
  send(command: AnyCommand): { readonly seq: number };
}
