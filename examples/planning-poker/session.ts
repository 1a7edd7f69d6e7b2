/** A table for tests: on the real server and client code and a virtual clock. */
import type { Room, Sent } from "quorate";
import { type Simulation, simulate } from "quorate/testing";
import type { Card } from "./deck.ts";
import { planningPoker } from "./room.ts";

type Poker = typeof planningPoker;
export type PokerRoom = Room<Poker>;

/** A live session with one story, "Login". Ada hosts it; Ben and Cyn vote, too; Dee watches. */
export async function session() {
  const sim = await simulate(planningPoker, { clients: 4, roles: ["host", "member", "member", "observer"], seed: 3 });
  const [ada, ben, cyn, dee] = sim.clients as readonly PokerRoom[];
  if (ada === undefined || ben === undefined || cyn === undefined || dee === undefined) throw new Error("four were asked for");
  ada.send({ type: "meeting.start" });
  ada.send({ type: "story.add", title: "Login" });
  await sim.settle();
  return { sim, ada, ben, cyn, dee, story: storyOf(ada, "Login"), told: teller(sim) };
}

/** A round on "Login" has begun; without a countdown, unless it is said. */
export async function voting(seconds: number | null = null) {
  const table = await session();
  table.ada.send({ type: "round.start", story: table.story, seconds });
  await table.sim.settle();
  return table;
}

export const storyOf = (room: PokerRoom, title: string): string => {
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
export const votes = (room: PokerRoom) => room.state.context.app.round?.votes;
export const shown = (room: PokerRoom) => room.state.context.app.round?.shown?.map(({ name, card }) => `${name}: ${card}`);
export const vote = (card: Card) => ({ type: "vote", card }) as const;
export const done = { ok: true };
export const titles = (room: PokerRoom) => room.state.context.app.stories.map(({ title }) => title);
