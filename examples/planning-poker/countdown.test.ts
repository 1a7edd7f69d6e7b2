import { describe, expect, test } from "bun:test";
import { type MemoryStore, memory } from "quorate";
import { VirtualClock } from "quorate/testing";
import { Harness } from "../../test/support/harness.ts";
import { planningPoker } from "./room.ts";
import { done, type PokerRoom, shown, vote, voting } from "./session.ts";

describe("the countdown", () => {
  test("at its end the cards are shown, by nobody in particular; the clock has it from the state", async () => {
    const { sim, ada, ben } = await voting(60);
    await using _ = sim;
    const cues: unknown[] = [];
    ben.on("cue", (cue) => cues.push(cue));
    const { round } = ben.state.context.app;
    expect(ben.state.matches({ app: { voting: "counting" } })).toBe(true);
    expect(round?.endsAt).toBe((round?.startedAt ?? 0) + 60_000);
    ben.send(vote("8"));
    await sim.pass(55_000);
    expect(ada.state.matches({ app: "voting" })).toBe(true);
    await sim.pass(6_000);
    expect(ada.state.matches({ app: "revealed" })).toBe(true);
    expect(shown(ada)).toEqual(["u2: 8"]);
    expect(ada.state.context.app.round?.endsAt).toBeNull();
    expect(cues).toEqual([{ type: "revealed", user: null }]);
    expect(sim.divergence()).toBeUndefined();
  });

  test("where nobody voted, nothing is shown and the table is free again", async () => {
    const { sim, ben, story, ada, told } = await voting(10);
    await using _ = sim;
    const cues: unknown[] = [];
    ben.on("cue", (cue) => cues.push(cue));
    await sim.pass(11_000);
    expect(ben.state.value.app).toBe("idle");
    expect(ben.state.context.app.round).toBeNull();
    expect(cues).toEqual([{ type: "nobodyVoted" }]);
    expect(await told(ada.send({ type: "round.start", story, seconds: 10 }))).toMatchObject([done]);
  });

  test("a round that ended early leaves no clock behind for the next", async () => {
    const { sim, ada, ben, cyn } = await voting(60);
    await using _ = sim;
    for (const room of [ada, ben, cyn]) room.send(vote("8"));
    await sim.settle();
    cyn.send({ type: "round.reveal" });
    await sim.settle();
    ada.send({ type: "round.again", seconds: null });
    await sim.pass(120_000);
    expect(ben.state.matches({ app: { voting: "open" } })).toBe(true);
  });

  test("[L4] it goes on while the server is away: the process dies, another one shows the cards in time", async () => {
    const store: MemoryStore = new Map();
    const clock = new VirtualClock();
    const first = await Harness.start({ types: [planningPoker], journal: memory({ store }), clock });
    const room = first.room("planning-poker");
    const ada = await first.join(room, "ada", { role: "host" });
    const story = "ada-2";
    await first.command(room, ada, 1, { type: "meeting.start" });
    await first.command(room, ada, 2, { type: "story.add", title: "Login" });
    await first.command(room, ada, 3, { type: "round.start", story, seconds: 90 });
    await first.command(room, ada, 4, vote("20"));
    const { endsAt } = appOf(room).round ?? { endsAt: null };
    // Nothing is closed, nothing flushed: what is durable is what there is.
    const second = await Harness.start({
      types: [planningPoker],
      journal: memory({ store }),
      clock: new VirtualClock(clock.now() + 30_000),
    });
    const again = second.room("planning-poker");
    const back = await second.join(again, "ada", { role: "host" });
    expect(appOf(again).round).toMatchObject({ story, endsAt, votes: { ada: "20" } });
    await second.pass(50_000);
    expect(appOf(again).round?.shown).toBeNull();
    expect(JSON.stringify(back.of("delta"))).not.toContain('"20"');
    await second.pass(10_000);
    expect(appOf(again).round).toMatchObject({ votes: {}, shown: [{ user: "ada", card: "20" }] });
    expect([...first.alarms, ...second.alarms]).toEqual([]);
  });
});

const appOf = (room: ReturnType<Harness["room"]>) => {
  if (room.committed === undefined) throw new Error("nothing is committed");
  return (room.committed.domain.snapshot as PokerRoom["state"]).context.app;
};
