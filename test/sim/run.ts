/** Runs one plan: the real server and client code with faults, on a virtual clock, then peace, then the reckoning. The same plan is the same run. */
import type { Plan, Step } from "./plan.ts";
import { reckon } from "./reckoning.ts";
import { World } from "./world.ts";

export interface Report {
  readonly violations: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  readonly hash: number;
  readonly ops: number;
  readonly frames: number;
}

export async function run(plan: Plan): Promise<Report> {
  const world = new World(plan);
  const { clock, disk, oracle } = world;
  try {
    void world.boot(); // the disk takes its time
    await clock.advance(50);
    for (let i = 0; i < plan.people; i++) world.enter(i);
    await clock.advance(400);
    for (const step of plan.steps) {
      await clock.advance(step.waitMs);
      act(world, step);
      if (oracle.violations.length > 0) break;
    }
    if (oracle.violations.length === 0) await reckon(world);
  } catch (error) {
    oracle.violate("run", error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error));
  } finally {
    for (const person of world.people) person.die();
    world.kill(1e9);
    disk.destroy();
  }
  return { violations: oracle.violations, fired: world.fired, hash: oracle.hash >>> 0, ops: oracle.told.size, frames: oracle.frames };
}

function act(world: World, step: Step): void {
  const person = "who" in step ? world.people[step.who] : undefined;
  if (step.do !== "send" && step.do !== "presence" && step.do !== "kill") world.fire(step.do);
  switch (step.do) {
    case "send":
      return person?.send(step.command, (person && world.epochOf(person)) ?? "");
    case "presence":
      return person?.room.presence.set({ x: step.x } as never);
    case "cut":
      return person?.link?.cut();
    case "silentUp":
    case "silentDown":
      if (person?.link !== undefined) person.link.silent[step.do === "silentUp" ? "up" : "down"] = true;
      return;
    case "dropDown":
      if (person?.link !== undefined) person.link.drop++;
      return;
    case "repeatUp":
      if (person?.link !== undefined) person.link.repeat++;
      return;
    case "late": {
      const { link } = person ?? {};
      if (link === undefined) return;
      link.lateMs = 3_000;
      world.clock.setTimer(60, () => link.abandon());
      return;
    }
    case "reload":
      person?.die();
      return person?.open();
    case "leave":
      void person
        ?.leave()
        .then(() => world.clock.setTimer(world.chance() * 2_000, () => person.room.connection.status === "closed" && person.open()));
      return;
    case "stall": {
      const { link } = person ?? {};
      link?.stall();
      world.clock.setTimer(step.ms, () => link?.read());
      return;
    }
    case "offline":
      person?.setOnline(false);
      world.clock.setTimer(step.ms, () => person?.setOnline(true));
      return;
    case "skewClient":
      return person?.skew(step.ms);
    case "kill": {
      const die = () => {
        world.fire(`kill.${step.when}`);
        world.kill(step.downMs, step.loss);
      };
      if (step.when === "now") return die();
      world.disk.dieAt = { calls: step.calls, after: step.when === "afterCall", die };
      return;
    }
    case "stop":
      return world.stop(step.downMs, step.killAfterMs);
    case "diskFault":
      world.disk.faults.push(step.fault);
      return;
    case "diskFull":
      world.disk.isFull = true;
      world.clock.setTimer(step.ms, () => {
        world.disk.isFull = false;
      });
      return;
    case "readFails":
      world.disk.readFails = 1 + Math.floor(world.chance() * 2);
      return;
    case "backUp":
      return world.disk.backUp();
    case "jumpClock":
      return world.clock.jumpWall(step.ms);
    case "freeze":
      return world.clock.freeze(step.ms);
    case "revoke":
      if (person !== undefined) world.revoked.add(person.user);
      return;
    case "readmit":
      if (person === undefined) return;
      world.revoked.delete(person.user);
      return person.room.setToken(person.user);
    case "renew":
      return person?.room.setToken(person.user);
  }
}
