import { expect, test } from "bun:test";
import type { Plan } from "./plan.ts";
import { makePlan } from "./plan.ts";
import { shrink, story } from "./shrink.ts";
import type { Step } from "./steps.ts";

const limits = { runsMax: 2_000, msMax: 60_000 };
const cuts = ({ steps }: Plan) => steps.filter((step) => step.do === "cut");
const longPlan = (steps: readonly Step[]): Plan => ({ ...makePlan(1, 100), people: 4, steps: [...makePlan(1, 100).steps, ...steps] });
const cut: Step = { waitMs: 123, do: "cut", who: 2 };

test("a plan is cut down to what it needs to fail", async () => {
  const plan = longPlan([cut, { waitMs: 5, do: "lull" }, cut]);
  const fails = async (candidate: Plan) =>
    cuts(candidate).filter((step) => "who" in step && step.who === 2).length >= 2 ? "L1: two cuts" : undefined;
  const shrunk = await shrink(plan, "L1: so it began", fails, limits);
  expect(shrunk.plan.steps).toEqual([0, 0].map((waitMs) => ({ ...cut, waitMs })));
  expect(shrunk.plan).toMatchObject({ people: 3, faults: [], secret: false });
  expect(story(shrunk.plan)).toBe("chance 1, 3 people\n  +0 ms u2 cut\n  +0 ms u2 cut");
});

test("another law's failure does not count", async () => {
  const fails = async (candidate: Plan) => (candidate.steps.length > 5 ? "L1: this" : "L2: that");
  expect((await shrink(longPlan([]), "L1: this", fails, limits)).plan.steps).toHaveLength(6);
});

test("time that matters is kept, and moves to the next step", async () => {
  const timeOf = ({ steps }: Plan) => steps.reduce((sum, { waitMs }) => sum + waitMs, 0);
  const plan = longPlan([cut]);
  const needed = timeOf(plan) / 2;
  const fails = async (candidate: Plan) => (timeOf(candidate) >= needed && cuts(candidate).length > 0 ? "L6: late" : undefined);
  const { plan: least } = await shrink(plan, "L6: late", fails, limits);
  expect(least.steps).toHaveLength(1);
});

test("it ends when its runs are used up", async () => {
  const { runs } = await shrink(longPlan([]), "L1: this", async () => "L1: this", { ...limits, runsMax: 3 });
  expect(runs).toBe(3);
});
