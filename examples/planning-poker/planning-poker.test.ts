/** The rules of a round. */
import { describe, expect, test } from "bun:test";
import { hidden } from "quorate";
import { done, shown, vote, votes, voting } from "./session.ts";

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
