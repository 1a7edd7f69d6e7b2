/** Messages as the recorder tells them, and a source of them that tests drive. */
import type { AnyStateMachine } from "xstate";
import { clientSync } from "../../machines/client-sync.ts";
import { meeting } from "../../machines/meeting.ts";
import { room } from "../../machines/room.ts";
import { definitionOf } from "../../src/inspect/definition.ts";
import {
  type ActorMessage,
  type EventMessage,
  type InspectMessage,
  inspectProtocol,
  type RoomMessage,
  type SnapshotMessage,
  type StatelyMessage,
} from "../../src/inspect/messages.ts";
import type { InspectSink, InspectSource } from "../../src/inspect/outbound.ts";

const stamp = { createdAt: "1700000000000", id: null, rootId: "server", _version: inspectProtocol } as const;
const snapshot = (value?: string | object) =>
  ({ status: "active", context: {}, ...(value === undefined ? {} : { value }) }) as ActorMessage["snapshot"];

export function actor(sessionId: string, parentId: string | undefined, machine?: AnyStateMachine, value?: string | object): ActorMessage {
  const definition = machine === undefined ? JSON.stringify({ id: sessionId }) : definitionOf(machine);
  return { ...stamp, type: "@xstate.actor", sessionId, parentId, name: sessionId, definition, snapshot: snapshot(value) };
}
export const event = (sessionId: string, type: string): EventMessage => ({
  ...stamp,
  type: "@xstate.event",
  sessionId,
  sourceId: undefined,
  event: { type, by: { user: "ada", role: "host", client: "c1" }, seq: 1 },
});
export const moved = (sessionId: string, type: string, value: string | object): SnapshotMessage => ({
  ...stamp,
  type: "@xstate.snapshot",
  sessionId,
  event: { type },
  snapshot: snapshot(value),
  rev: 7,
});
export const ended = (sessionId: string): SnapshotMessage => ({
  ...moved(sessionId, "xstate.stop", {}),
  snapshot: { status: "stopped", context: {} },
});
export const roomNow = (name: string): RoomMessage => ({
  type: "quorate.room",
  room: name,
  state: "open",
  epoch: "e",
  rev: 7,
  sessions: { new: 0, snapshot: 0, catchingUp: 0, live: 1, lagging: 0, stale: 0 },
  snapshots: {},
  refusals: {},
});

/** The server with one room: its domain and one session. */
export const livingRoom = (name: string, session = `session:${name}-1`): readonly ActorMessage[] => [
  actor(`room:${name}`, "server", room, "open"),
  actor(`domain:${name}`, `room:${name}`, meeting, { phase: "lobby" }),
  actor(session, `room:${name}`, clientSync, { delta: "live" }),
];

/** As JSON carries them: a key without a value is no key. */
export const carried = <T>(messages: T): T => JSON.parse(JSON.stringify(messages)) as T;

export class TestSource implements InspectSource {
  living: readonly StatelyMessage[] = [actor("server", undefined), ...livingRoom("meeting/weekly")];
  recent: readonly InspectMessage[] = [];
  readonly sinks = new Set<InspectSink>();
  watches = 0;

  watch(sink: InspectSink): () => void {
    this.watches++;
    sink.send(this.living);
    sink.send(this.recent);
    this.sinks.add(sink);
    return () => void this.sinks.delete(sink);
  }

  tell(...messages: readonly InspectMessage[]): void {
    for (const sink of this.sinks) sink.send(messages);
  }
}
