/** Who sees which view, and over which topic. From: room-sessions.ts. One object per audience, so that sessions of one can be told by identity. */
import type { RoomName } from "../journal/port.ts";
import type { Audience } from "../sync/session.ts";
import type { AnyRoomType, Viewer } from "./define-room.ts";

export class Audiences {
  readonly #def: AnyRoomType;
  readonly #room: RoomName;
  readonly #audiences = new Map<string, Audience>();

  constructor(def: AnyRoomType, room: RoomName) {
    this.#def = def;
    this.#room = room;
  }

  /** `version`: the room type's version that the client has. With another one it cannot replay ops, so it gets patches. */
  of(viewer: Viewer, version: number): Audience {
    const view = this.#def.view === undefined ? "everyone" : this.#def.audience(viewer);
    const sameVersion = version === this.#def.version;
    const name = sameVersion ? view : `${view}~other`;
    let audience = this.#audiences.get(name);
    if (audience === undefined) {
      audience = { name, view, sameVersion, topic: `${this.#room}#${name}`, projected: this.#def.view !== undefined || !sameVersion };
      this.#audiences.set(name, audience);
    }
    return audience;
  }
}
