/** What cannot be migrated is refused, said why, and kept as it is. */
import { describe, expect, test } from "bun:test";
import { assign } from "xstate";
import { defineRoom } from "../../src/room/define-room.ts";
import { type Desk2, desk, desk2, deskWith } from "../support/desk.ts";
import { Releases } from "../support/releases.ts";

type Migrate = NonNullable<typeof desk2.migrate>;
const well = (old: unknown): Desk2 => (desk2.migrate as Migrate)(1, { value: {}, context: old, timers: {} }).context;
const giving = (change: (context: Desk2) => unknown) => deskWith({ migrate: (_, { context }) => ({ context: change(well(context)) }) });
let calls = 0;

const cases: readonly (readonly [why: string, def: typeof desk2, message: string, tail?: readonly object[]])[] = [
  ["migrate throws", giving(() => JSON.parse("{")), "JSON Parse error"],
  ["there is no migrate", defineRoom({ ...desk2, migrate: undefined } as never) as typeof desk2, "'desk' has no `migrate`"],
  ["migrate gives nothing", deskWith({ migrate: () => undefined as never }), "`migrate` gives undefined, which JSON does not have"],
  ["… no context", deskWith({ migrate: () => ({}) }), "`migrate` gives no {context}"],
  ["… a promise", deskWith({ migrate: (async () => ({ context: {} })) as never }), "`migrate` gives a Promise, which"],
  ["… a date", giving((context) => ({ ...context, made: [new Date(0)] })), "`migrate` gives a Date at context.made.0, which"],
  ["… NaN", giving((context) => ({ ...context, rings: Number.NaN })), "`migrate` gives NaN at context.rings, which"],
  [
    "… half a character",
    giving((context) => ({ ...context, title: "\ud800" })),
    "`migrate` gives half a character at context.title, which",
  ],
  ["… another state each time", giving((context) => ({ ...context, done: ++calls })), "`migrate` gives another state when it runs again"],
  [
    "… what xstate takes for a service",
    giving((c) => ({ ...c, job: { xstate$$type: 1, id: "x" } })),
    "is another one once it was stored and restored",
  ],
  [
    "… a state that the machine does not have",
    deskWith({ migrate: (_, { context, value }) => ({ context: well(context), value: { ...(value as object), bell: "loud" } }) }),
    "State 'loud' does not exist on 'desk.bell'",
  ],
  [
    "… not all of the states",
    deskWith({ migrate: (_, { context }) => ({ context: well(context), value: { bell: "quiet", work: "idle" } }) }),
    'the machine\'s states are {"bell":"quiet","drawer":"closed","work":"idle"}, where `migrate` gives {"bell":"quiet","work":"idle"}',
  ],
  [
    "an invariant is broken",
    giving((context) => ({ ...context, notes: [{ text: "", isDone: false }] })),
    "then the invariant 'a note has a text' does not hold",
  ],
  ["… by an op after it", desk2, "then the invariant 'a note has a text' does not hold", [{ type: "note", text: "" }]],
  ["an op is not taken", desk2, "rev 3 ('erase') was accepted once, but this machine does not take it", [{ type: "erase" }]],
  [
    "… fails",
    deskWith({
      on: {
        note: {
          actions: assign(() => {
            throw new Error("no");
          }),
        },
      },
    }),
    "rev 3 ('note') was accepted once",
    [{ type: "note", text: "a" }],
  ],
  [
    "… leads to what JSON does not have",
    deskWith({ on: { note: { actions: assign({ rings: () => Number.NaN }) } } }),
    "the state has NaN at rings",
    [{ type: "note", text: "a" }],
  ],
  [
    "a join is not taken",
    deskWith({ on: { "participant.joined": { guard: "isThere", actions: "rang" } } }),
    "rev 1 ('participant.joined') was accepted once",
  ],
];

describe("[L4] refused, alarmed, and kept as it is", () => {
  for (const [why, def, message, tail = []] of cases)
    test(why, async () => {
      using releases = new Releases();
      const old = await releases.start(desk);
      const room = old.room("desk");
      const ann = await old.join(room, "ann");
      await old.join(room, "ben");
      for (const [i, event] of tail.entries()) await old.command(room, ann, i + 1, event as { type: string });
      releases.crash();
      const before = [releases.stored.snapshots(), releases.stored.entries()];

      const server = await releases.start(def);
      const refused = server.room("desk");
      const cyn = await server.join(refused, "cyn", { machine: 1 });
      expect(refused.state).toBe("quarantined");
      expect(server.alarms).toMatchObject([{ code: "version", room: "desk/r" }]);
      expect(server.alarms[0]?.message).toStartWith("desk/r cannot be brought from version 1 to version 2, and is kept as it is: ");
      expect(server.alarms[0]?.message).toContain(message);
      expect(cyn.of("closing")).toEqual([
        { code: "UNAVAILABLE", reason: "This version of the server cannot open this room. Nothing in it is lost.", retryAfterMs: 30_000 },
      ]);
      await server.pass(100_000);
      expect([releases.stored.snapshots(), releases.stored.entries()]).toEqual(before);

      const again = await releases.start(desk);
      await again.join(again.room("desk"), "ann", { nextSeq: 1 + tail.length });
      expect(again.room("desk").feed?.rev).toBe(2 + tail.length);
      expect(again.alarms).toEqual([]);
    });

  test("the last release, started by mistake on what the newest has written", async () => {
    using releases = new Releases();
    const newest = await releases.start(desk2);
    await newest.join(newest.room("desk"), "ann");
    const server = await releases.start(desk);
    await server.join(server.room("desk"), "ann");
    expect(server.alarms).toMatchObject([
      { code: "version", message: expect.stringContaining("from version 2 to version 1, and is kept as it is: this server has an older") },
    ]);
    const again = await releases.start(desk2);
    await again.join(again.room("desk"), "ann");
    expect(again.room("desk").feed?.rev).toBe(1);
  });
});

test("what an old log's end does not let through, a clean end of the old version does", async () => {
  using releases = new Releases();
  const old = await releases.start(desk);
  const ann = await old.join(old.room("desk"), "ann");
  await old.command(old.room("desk"), ann, 1, { type: "erase" });
  releases.crash();
  const refused = await releases.start(desk2);
  await refused.join(refused.room("desk"), "ann");
  expect(refused.alarms).toMatchObject([{ code: "version" }]);
  const again = await releases.start(desk);
  again.room("desk");
  await again.pass(100);
  await releases.stop();
  const server = await releases.start(desk2);
  await server.join(server.room("desk"), "ann", { nextSeq: 2 });
  expect(server.alarms).toEqual([]);
  expect(server.room("desk").feed?.rev).toBe(2);
});

test("a join that the machine takes no notice of in either version is none that is lost", async () => {
  using releases = new Releases();
  const old = await releases.start(desk);
  await old.join(old.room("desk"), "ann");
  const server = await releases.start(deskWith({ on: { "participant.joined": undefined, "participant.left": undefined } }));
  server.room("desk");
  await server.pass(100);
  expect(server.alarms).toEqual([]);
  expect(server.room("desk").committed?.roster).toMatchObject([{ user: "ann" }]);
});
