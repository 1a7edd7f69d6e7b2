import { describe, expect, test } from "bun:test";
import { simulate } from "quorate/testing";
import { storiesMax } from "./backlog.ts";
import { planningPoker } from "./room.ts";
import { done, session, storyOf, titles, voting } from "./session.ts";

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
