/** The rules of planning poker, on the real server and client code and a virtual clock. */
import { describe, expect, test } from "bun:test";
import { hidden, type MemoryStore, memory, type Room, type Sent } from "quorate";
import { type Simulation, simulate, VirtualClock } from "quorate/testing";
import { Harness } from "../../test/support/harness.ts";
import { storiesMax } from "./backlog.ts";
import type { Card } from "./deck.ts";
import { planningPoker } from "./room.ts";

type Poker = typeof planningPoker;
type PokerRoom = Room<Poker>;

/** A session with one story, "Login". Ada hosts it; Ben and Cyn vote, too; Dee watches. */
async function session() {
  const sim = await simulate(planningPoker, { clients: 4, roles: ["host", "member", "member", "observer"], seed: 3 });
  const [ada, ben, cyn, dee] = sim.clients as readonly PokerRoom[];
  if (ada === undefined || ben === undefined || cyn === undefined || dee === undefined) throw new Error("four were asked for");
  ada.send({ type: "meeting.start" });
  ada.send({ type: "story.add", title: "Login" });
  await sim.settle();
  return { sim, ada, ben, cyn, dee, story: storyOf(ada, "Login"), told: teller(sim) };
}

/** A round on "Login" has begun; without a countdown, unless it is said. */
async function voting(seconds: number | null = null) {
  const table = await session();
  table.ada.send({ type: "round.start", story: table.story, seconds });
  await table.sim.settle();
  return table;
}

const storyOf = (room: PokerRoom, title: string): string => {
  const story = room.state.context.app.stories.find((one) => one.title === title);
  if (story === undefined) throw new Error(`no story '${title}'`);
  return story.id;
};
/** What became of commands, once time has passed. */
const teller =
  (sim: Simulation<Poker>) =>
  async (...sent: readonly Sent<Poker>[]) => {
    await sim.settle();
    return Promise.all(sent.map((one) => one.settled));
  };
const votes = (room: PokerRoom) => room.state.context.app.round?.votes;
const shown = (room: PokerRoom) => room.state.context.app.round?.shown?.map(({ name, card }) => `${name}: ${card}`);
const vote = (card: Card) => ({ type: "vote", card }) as const;
const done = { ok: true };

describe("[L8] the cards", () => {
  test("nobody's state has another's card before the reveal, the host's as little as others'; one's own is there", async () => {
    const { sim, ada, ben, cyn, dee } = await voting();
    await using _ = sim;
    ben.send(vote("13"));
    await sim.settle();
    cyn.send(vote("½"));
    await sim.settle();
    expect(votes(ada)).toEqual({ u2: hidden, u3: hidden });
    expect(votes(dee)).toEqual({ u2: hidden, u3: hidden });
    expect(votes(ben)).toEqual({ u2: "13", u3: hidden });
    expect(votes(cyn)).toEqual({ u2: hidden, u3: "½" });
    for (const room of [ada, dee]) {
      expect(JSON.stringify([room.state.context, room.confirmed.context])).not.toMatch(/"(13|½)"/);
    }
    ada.send({ type: "round.reveal" });
    await sim.settle();
    for (const room of sim.clients) expect(shown(room)).toEqual(["u3: ½", "u2: 13"]);
    expect(sim.divergence()).toBeUndefined();
  });

  test("[OWN-1] one's own card never flickers: while it is sent, confirmed, while others vote, until the cards are shown", async () => {
    const { sim, ada, ben, cyn } = await voting();
    await using _ = sim;
    const seen: unknown[] = [];
    ben.subscribe(() => seen.push(votes(ben)?.["u2"] ?? shown(ben)?.find((one) => one.startsWith("u2"))));
    expect(ben.send(vote("8")).predicted).toBe(true);
    await sim.settle();
    cyn.send(vote("5"));
    ada.send(vote("5"));
    await sim.settle();
    cyn.send({ type: "round.reveal" });
    await sim.settle();
    expect(new Set(seen)).toEqual(new Set(["8", "u2: 8"]));
    expect(seen.length).toBeGreaterThan(4);
  });

  test("no answer tells of another's card: the same words, whatever it is", async () => {
    const answers: unknown[] = [];
    for (const card of ["13", "5"] as const) {
      const { sim, ada, ben, cyn, dee, told } = await voting();
      await using _ = sim;
      ben.send(vote(card));
      await sim.settle();
      answers.push(
        await told(
          cyn.send({ type: "round.reveal" }),
          ada.send({ type: "round.reveal" }),
          cyn.send({ type: "vote.takeBack" }),
          dee.send(vote("5")),
          cyn.send({ type: "round.accept", estimate: "5" }),
          cyn.send(vote("5")),
          cyn.send(vote("5")),
        ),
      );
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(JSON.stringify(answers)).not.toContain("13");
  });

  test("a reveal waits for the server, which alone has the cards; everything else shows at once", async () => {
    const { sim, ada, ben, cyn } = await voting();
    await using _ = sim;
    expect([ada, ben, cyn].map((room) => room.send(vote("3")).predicted)).toEqual([true, true, true]);
    await sim.settle();
    expect(ada.explain({ type: "round.reveal" })).toEqual({ verdict: "allowed" });
    expect(ada.send({ type: "round.reveal" }).predicted).toBe(false);
    await sim.settle();
    expect(ada.state.matches({ app: "revealed" })).toBe(true);
    expect(ada.send({ type: "round.accept", estimate: "3" }).predicted).toBe(true);
  });
});

describe("a round", () => {
  test("anyone may turn the cards once all have voted who may; nobody before", async () => {
    const { sim, ada, ben, cyn, dee, told } = await voting();
    await using _ = sim;
    await told(ada.send(vote("2")), ben.send(vote("3")));
    expect(await told(dee.send({ type: "round.reveal" }))).toMatchObject([
      { ok: false, reason: "2 of 3 have voted; wait for the others. Or: Only a host or a cohost may end the vote early." },
    ]);
    await told(cyn.send(vote("3")));
    expect(await told(dee.send({ type: "round.reveal" }))).toMatchObject([done]);
    expect(shown(dee)).toEqual(["u1: 2", "u2: 3", "u3: 3"]);
  });

  test("a host may end it early from a quorum on: half of those who may vote", async () => {
    const { sim, ada, ben, cyn, told } = await voting();
    await using _ = sim;
    await told(ben.send(vote("3")));
    expect(await told(ada.send({ type: "round.reveal" }))).toMatchObject([
      { ok: false, reason: "1 of 3 have voted; wait for the others. Or: To end the vote early, 2 must have voted." },
    ]);
    await told(ada.send({ type: "member.promote", user: "u2", role: "cohost" }), cyn.send(vote("8")));
    expect(await told(ben.send({ type: "round.reveal" }))).toMatchObject([done]);
  });

  test("a vote is changed and taken back while people vote, and not after", async () => {
    const { sim, ada, ben, told } = await voting();
    await using _ = sim;
    expect(await told(ben.send(vote("3")), ben.send(vote("3")), ben.send(vote("5")))).toMatchObject([
      done,
      { ok: false, reason: "You have chosen that card already." },
      done,
    ]);
    expect(votes(ben)).toEqual({ u2: "5" });
    expect(await told(ben.send({ type: "vote.takeBack" }), ben.send({ type: "vote.takeBack" }))).toMatchObject([
      done,
      { ok: false, reason: "You have not chosen a card yet." },
    ]);
    expect(votes(ada)).toEqual({});
    await told(ben.send(vote("☕")), ada.send(vote("1")));
    expect(await told(ada.send({ type: "round.reveal" }))).toMatchObject([done]);
    expect(await told(ben.send(vote("1")))).toMatchObject([{ ok: false, code: "state" }]);
    expect(shown(ben)).toEqual(["u1: 1", "u2: ☕"]);
  });

  test("observers watch; whoever sits out takes their card along and does not count, until they come back", async () => {
    const { sim, ada, ben, cyn, dee, told } = await voting();
    await using _ = sim;
    await told(ben.send(vote("3")), ada.send(vote("3")));
    expect(
      await told(dee.send(vote("3")), dee.send({ type: "seat.leave" }), ben.send({ type: "seat.leave" }), ben.send(vote("5"))),
    ).toMatchObject([
      { ok: false, reason: "Observers only watch." },
      { ok: false, reason: "Observers only watch." },
      done,
      { ok: false, reason: "You are sitting out." },
    ]);
    expect(votes(ada)).toEqual({ u1: "3" });
    expect(cyn.explain({ type: "round.reveal" })).toMatchObject({ reason: expect.stringContaining("1 of 2 have voted") });
    expect(ada.can({ type: "round.reveal" })).toBe(true);
    expect(await told(ben.send({ type: "seat.take" }), ben.send({ type: "seat.take" }), ben.send(vote("8")))).toMatchObject([
      done,
      { ok: false, reason: "You are at the table already." },
      done,
    ]);
    expect(await told(cyn.send(vote("8")), cyn.send({ type: "round.reveal" }))).toMatchObject([done, done]);
  });

  test("who leaves during a round no longer counts, nor who is made an observer; who leaves after the reveal stays in the result", async () => {
    const { sim, ada, ben, cyn } = await voting();
    await using _ = sim;
    ben.send(vote("3"));
    cyn.send(vote("5"));
    await sim.settle();
    expect(ada.can({ type: "round.reveal" })).toBe(true);
    void ben.leave();
    await sim.pass(1_000);
    expect(votes(ada)).toEqual({ u3: hidden });
    ada.send({ type: "member.demote", user: "u3", role: "observer" });
    await sim.pass(1_000);
    expect(votes(ada)).toEqual({});
    ada.send({ type: "member.promote", user: "u3", role: "member" });
    ada.send(vote("8"));
    await sim.pass(1_000);
    cyn.send(vote("13"));
    await sim.pass(1_000);
    ada.send({ type: "round.reveal" });
    await sim.pass(1_000);
    void cyn.leave();
    await sim.pass(1_000);
    expect(shown(ada)).toEqual(["u1: 8", "u3: 13"]);
    expect(Object.keys(ada.state.context.meeting.participants)).toEqual(expect.not.arrayContaining(["u2", "u3"]));
  });

  test("where nobody may vote, it says so", async () => {
    const { sim, ada, ben, cyn, told } = await voting();
    await using _ = sim;
    expect(await told(...[ada, ben, cyn].map((room) => room.send({ type: "seat.leave" })))).toMatchObject([done, done, done]);
    expect(await told(ada.send({ type: "round.reveal" }))).toMatchObject([
      { reason: "Nobody here may vote. Or: To end the vote early, 1 must have voted." },
    ]);
  });

  test("again: the cards go into the story's history without names, and all have new ones; accepted: the estimate with them", async () => {
    const { sim, ada, ben, cyn, told } = await voting();
    await using _ = sim;
    await told(ben.send(vote("2")), cyn.send(vote("13")));
    await told(ada.send({ type: "round.reveal" }), ada.send({ type: "round.again", seconds: null }));
    expect(votes(ben)).toEqual({});
    expect(ben.state.matches({ app: { voting: "open" } })).toBe(true);
    await told(ben.send(vote("5")), cyn.send(vote("5")));
    await told(ada.send({ type: "round.reveal" }));
    expect(await told(cyn.send({ type: "round.accept", estimate: "5" }))).toMatchObject([
      { ok: false, reason: "Only a host decides this." },
    ]);
    expect(await told(ada.send({ type: "round.accept", estimate: "5" }))).toMatchObject([done]);
    expect(ben.state.value.app).toBe("idle");
    expect(ben.state.context.app.stories).toMatchObject([
      {
        title: "Login",
        estimate: "5",
        rounds: [
          { cards: ["2", "13"], estimate: null },
          { cards: ["5", "5"], estimate: "5" },
        ],
      },
    ]);
    expect(JSON.stringify(ben.state.context.app)).not.toContain("u2");
  });

  test("dropped: before the reveal nothing is left of it, after it the history; the end of the session drops it, too", async () => {
    const { sim, ada, ben, told, story } = await voting();
    await using _ = sim;
    await told(ben.send(vote("2")));
    expect(await told(ben.send({ type: "round.drop" }), ada.send({ type: "round.drop" }))).toMatchObject([{ ok: false }, done]);
    expect(ben.state.context.app).toMatchObject({ round: null, stories: [{ rounds: [] }] });
    await told(ada.send({ type: "round.start", story, seconds: null }));
    await told(ben.send(vote("2")), ada.send(vote("3")));
    await told(ada.send({ type: "round.reveal" }), ada.send({ type: "round.drop" }));
    expect(ben.state.context.app).toMatchObject({ round: null, stories: [{ estimate: null, rounds: [{ cards: ["2", "3"] }] }] });
    await told(ada.send({ type: "round.start", story, seconds: 30 }));
    await told(ben.send(vote("1")));
    await told(ada.send({ type: "meeting.end" }));
    expect(ben.state.value).toMatchObject({ phase: "ended", app: "idle" });
    expect(ben.state.context.app).toMatchObject({ round: null, stories: [{ rounds: [{ cards: ["2", "3"] }] }] });
    expect(await told(ada.send({ type: "round.start", story, seconds: null }))).toMatchObject([
      { ok: false, reason: "The session has ended." },
    ]);
  });
});

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

describe("the backlog", () => {
  test("members add, hosts and cohosts change, order and remove; observers do nothing", async () => {
    const { sim, ada, ben, dee, told, story } = await session();
    await using _ = sim;
    expect(await told(ben.send({ type: "story.add", title: "Logout" }), dee.send({ type: "story.add", title: "No" }))).toMatchObject([
      done,
      { ok: false, reason: "Observers only watch." },
    ]);
    const logout = storyOf(ada, "Logout");
    const refused = { ok: false, reason: "Only a host or a cohost may do this." };
    expect(
      await told(
        ben.send({ type: "story.edit", story: logout, title: "Sign out" }),
        ben.send({ type: "story.move", story: logout, before: story }),
        ben.send({ type: "story.remove", story }),
      ),
    ).toMatchObject([refused, refused, refused]);
    expect(
      await told(
        ada.send({ type: "story.edit", story: logout, title: "Sign out" }),
        ada.send({ type: "story.edit", story: logout, title: "Sign out" }),
        ada.send({ type: "story.move", story: logout, before: story }),
        ada.send({ type: "story.move", story: logout, before: story }),
        ada.send({ type: "story.move", story, before: "gone" }),
      ),
    ).toMatchObject([
      done,
      { ok: false, reason: "That is its title already." },
      done,
      { ok: false, reason: "It stands there already." },
      { ok: false, reason: "It stands there already." },
    ]);
    expect(titles(ben)).toEqual(["Sign out", "Login"]);
    expect(await told(ada.send({ type: "story.move", story: logout }), ada.send({ type: "story.remove", story }))).toMatchObject([
      done,
      done,
    ]);
    expect(titles(ben)).toEqual(["Sign out"]);
    expect(await told(ada.send({ type: "round.start", story, seconds: null }))).toMatchObject([
      { ok: false, reason: "That story is no longer in the backlog." },
    ]);
  });

  test("the story that is being estimated stays; its title may change", async () => {
    const { sim, ada, told, story } = await voting();
    await using _ = sim;
    expect(await told(ada.send({ type: "story.remove", story }), ada.send({ type: "story.edit", story, title: "Sign in" }))).toMatchObject([
      { ok: false, reason: "This story is being estimated; end its round first." },
      done,
    ]);
  });

  test("[L11] it is bounded", async () => {
    const { sim, ada, told } = await session();
    await using _ = sim;
    for (let n = 1; n < storiesMax; n++) ada.send({ type: "story.add", title: `Story ${n}` });
    expect(await told(ada.send({ type: "story.add", title: "One more" }))).toMatchObject([
      { ok: false, reason: "The backlog is full: 100 stories." },
    ]);
    expect(titles(ada)).toHaveLength(storiesMax);
  });

  test("rounds begin in a live session only", async () => {
    await using sim = await simulate(planningPoker, { clients: 1 });
    const [ada] = sim.clients;
    ada.send({ type: "story.add", title: "Login" });
    await sim.settle();
    const start = { type: "round.start", story: storyOf(ada, "Login"), seconds: null } as const;
    expect(ada.explain(start)).toMatchObject({ verdict: "refused", reason: "The session has not started yet." });
    ada.send({ type: "meeting.start" });
    expect(ada.can(start)).toBe(true);
    await sim.settle();
  });
});

const titles = (room: PokerRoom) => room.state.context.app.stories.map(({ title }) => title);
const appOf = (room: ReturnType<Harness["room"]>) => {
  if (room.committed === undefined) throw new Error("nothing is committed");
  return (room.committed.domain.snapshot as PokerRoom["state"]).context.app;
};
