/** Who talks to the server in these tests, and what must be true of them: the same bytes at the same rev. */
import { expect } from "bun:test";
import { type Meeting, type MeetingContext, meeting } from "../../machines/meeting.ts";
import { SpecClient } from "./spec-client.ts";
import type { RoleOf } from "./spec-replay.ts";
import type { RoomState } from "./spec-socket.ts";

export const took = { took: true } as const;
export const say = (text: string) => ({ type: "chat.send", text });
export const stateOf = ({ state }: SpecClient): Meeting => (state as RoomState & { context: MeetingContext }).context.meeting;
export const texts = (client: SpecClient) => stateOf(client).chat.map(({ text }) => text);
export const roleOf: RoleOf = (context, user) => (context as MeetingContext).meeting.participants[user]?.role;

export const clientOf = (running: { url(): string }, token: string, machine = 1) =>
  new SpecClient({ url: running.url(), client: token.toLowerCase(), token, logic: meeting, roleOf, machine });

export async function pair(running: { url(): string }): Promise<[host: SpecClient, member: SpecClient]> {
  const [ann, bob] = [clientOf(running, "HostAnn"), clientOf(running, "Bob")];
  await ann.join();
  const { rev } = await bob.join();
  await ann.until(() => ann.rev === rev, "the join of the second");
  return [ann, bob];
}

/** Both at one rev, byte for byte: one of them applied ops where the other had a snapshot. */
export async function expectEqual(a: SpecClient, b: SpecClient): Promise<void> {
  await a.until(() => a.rev >= b.rev, `rev ${b.rev}`);
  await b.until(() => b.rev >= a.rev, `rev ${a.rev}`);
  expect({ rev: a.rev, text: a.text }).toEqual({ rev: b.rev, text: b.text });
}

/** Byte for byte what the server gives as a snapshot at the same rev. */
export async function expectServed(client: SpecClient): Promise<void> {
  const { rev, text, socket } = client;
  socket.send("resync", { reason: "asked" });
  const snapshot = await socket.next("snapshot", ({ reason }) => reason === "asked");
  expect({ rev: snapshot.rev, text: JSON.stringify("state" in snapshot && snapshot.state) }).toEqual({ rev, text });
}
