/** Runs one plan: the real server and client code with faults, on a virtual clock, then peace, then the reckoning. The same plan is the same run. */
import { Checks } from "./checks.ts";
import { actOn } from "./deeds.ts";
import type { Plan } from "./plan.ts";
import { reckon } from "./reckoning.ts";
import { type Report, reported } from "./report.ts";
import type { Step } from "./steps.ts";
import { type OnBoot, World } from "./world.ts";

/** `onBoot` is called with each server process that starts. */
export function run(plan: Plan, onBoot?: OnBoot): Promise<Report> {
  const world = new World(plan, onBoot);
  const { clock, disk, oracle, lives } = world;
  const checks = new Checks(world);
  const happen = async () => {
    void lives.boot(); // the disk takes its time
    await clock.advance(50);
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
    lives.kill(1e9);
    disk.destroy();
  });
}

/** No faults; or they tell of themselves, if they do anything. */
const untold: ReadonlySet<Step["do"]> = new Set(["send", "presence", "connect", "kill", "upgrade", "downgrade", "brokenView"]);

function act(world: World, step: Step): void {
  if (!untold.has(step.do)) world.fire(step.do);
  switch (step.do) {
    case "kill":
      return kill(world, step);
    case "stop":
      return world.lives.stop(step.downMs, step.killAfterMs);
    case "diskFault":
      world.lives.disturb(0);
      for (let n = step.after ?? 0; n > 0; n--) world.disk.faults.push("none");
      world.disk.faults.push(step.error);
      return;
    case "diskFull":
      world.lives.disturb(step.ms);
      world.disk.isFull = true;
      world.disk.appendFailed = false;
      world.clock.setTimer(step.ms, () => {
        world.disk.isFull = false;
      });
      return;
    case "slowDisk":
      return world.lives.slowDisk(step.ms);
    case "upgrade":
      return world.lives.upgrade(step.downMs);
    case "downgrade":
      return world.lives.downgrade(step.ms);
    case "brokenView":
      return world.breakView(step.ms);
    case "readFails":
      world.lives.disturb(0);
      world.disk.readFails = 1 + Math.floor(world.chance() * 2);
      return;
    case "backUp":
      if (world.mayRollBack) world.disk.backUp();
      return;
    case "jumpClock":
      return world.clock.jumpWall(step.ms);
    case "freeze":
      return world.freeze(step.ms);
    case "lull":
      return;
    default:
      return actOn(world, step);
  }
}

function kill(world: World, { when, kind, calls, downMs, loss }: Extract<Step, { do: "kill" }>): void {
  if (when === "now") {
    world.fire("kill.now");
    return world.lives.kill(downMs, loss);
  }
  world.disk.dieAt = {
    kind,
    calls,
    after: when === "afterCall",
    die: (call) => {
      world.fire(`kill.${when === "afterCall" ? "after" : "before"}.${call}`);
      world.lives.kill(downMs);
    },
  };
}
