/** Runs one plan on several nodes: the real server and client code with faults, on a virtual clock, then peace, then the reckoning. The same plan is the same run. */
import { actOn } from "../../sim/deeds.ts";
import type { Plan } from "../../sim/plan.ts";
import { type Report, reported } from "../../sim/report.ts";
import type { Step } from "../../sim/steps.ts";
import { ClusterChecks } from "./checks.ts";
import { reckon } from "./reckoning.ts";
import { ClusterWorld } from "./world.ts";

export function runCluster(plan: Plan): Promise<Report> {
  const world = new ClusterWorld(plan);
  const { clock, oracle, nodes } = world;
  const checks = new ClusterChecks(world);
  const happen = async () => {
    for (let place = 0; place < (plan.nodes ?? 1); place++) void nodes.boot(place);
    await clock.advance(1_000);
    for (let i = 0; i < plan.people; i++) world.enter(i);
    await clock.advance(400);
    for (const step of plan.steps) {
      await clock.advance(step.waitMs);
      act(world, step);
      checks.step();
      if (oracle.violations.length > 0) break;
    }
    if (oracle.violations.length === 0) await reckon(world);
  };
  return reported(world, happen, () => {
    world.calm();
    for (const node of nodes.all) nodes.kill(node, 1e9);
  });
}

/** No faults; or they tell of themselves, if they do anything. */
const untold: ReadonlySet<Step["do"]> = new Set(["send", "presence", "connect", "logFault", "backUp", "kill"]);

function act(world: ClusterWorld, step: Step): void {
  const { nodes, troubles } = world;
  const node = "at" in step ? nodes.at(step.at) : undefined;
  if ("at" in step && node === undefined) return; // there is none at the moment
  if (!untold.has(step.do)) world.fire(step.do === "cutNode" ? `cutNode.${step.from}` : step.do);
  switch (step.do) {
    case "killNode":
      return node && nodes.kill(node, step.downMs);
    case "drainNode":
      return node && nodes.drain(node, step.downMs, step.killAfterMs);
    case "pauseNode":
      return node && nodes.pause(node, step.ms);
    case "cutNode":
      return node && nodes.cut(node, step.from, step.ms);
    case "logFault":
      return node && troubles.fail(node, step);
    case "slowLog":
      return troubles.slowLog(step.ms, step.upToMs);
    case "liveTrouble":
      return troubles.liveTrouble(step.ms, step.lost, step.upToMs);
    case "slowNet":
      return troubles.slowNet(step.ms, step.upToMs);
    case "lossyNet":
      return troubles.lossyNet(step.ms, step.lost);
    case "loseEnd":
      return world.loseEnd(step.ops);
    case "move":
      return move(world, step);
    // What people's faults have of a server and its disk.
    case "slowDisk":
      return troubles.slowLog(step.ms, 900);
    case "kill": {
      const owner = nodes.at("owner");
      if (owner !== undefined) world.fire("killNode");
      return owner && nodes.kill(owner, step.downMs);
    }
    default:
      return actOn(world, step);
  }
}

function move(world: ClusterWorld, { who, to, unseen }: Extract<Step, { do: "move" }>): void {
  const person = world.people[who];
  const { link } = person ?? {};
  if (person === undefined || link === undefined) return;
  world.nextPlace.set(person.user, to);
  if (!unseen) return link.cut();
  world.troubled.add(link);
  link.lateMs = 3_000;
  link.abandon();
}
