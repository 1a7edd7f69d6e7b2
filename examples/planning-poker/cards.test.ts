/** Who sees which card, and when. */
import { describe, expect, test } from "bun:test";
import { hidden } from "quorate";
import { shown, vote, votes, voting } from "./session.ts";

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
