/** Runs one plan: the real server and client code with faults, on a virtual clock, then peace, then the reckoning. The same plan is the same run. */
import { Checks } from "./checks.ts";
import type { Plan } from "./plan.ts";
import { reckon } from "./reckoning.ts";
import type { Step } from "./steps.ts";
import { impostor, leech } from "./strangers.ts";
import { type OnBoot, World } from "./world.ts";

export interface Report {
  readonly violations: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  readonly hash: number;
  readonly ops: number;
  readonly frames: number;
}

/** `onBoot` is called with each server process that starts. */
export async function run(plan: Plan, onBoot?: OnBoot): Promise<Report> {
  const world = new World(plan, onBoot);
  const { clock, disk, oracle } = world;
  const checks = new Checks(world);
  // L13: the process lives.
  const died = (error: unknown) => oracle.violate("L13", `the process would have ended: ${String(error)}`);
  process.on("unhandledRejection", died);
  process.on("uncaughtException", died);
  try {
    void world.lives.boot(); // the disk takes its time
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
  } catch (error) {
    oracle.violate("run", error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error));
  } finally {
    await new Promise((resolve) => setImmediate(resolve)); // rejections are told in a turn of the event loop
    process.off("unhandledRejection", died);
    process.off("uncaughtException", died);
    world.calm();
    for (const person of [...world.people, ...world.visitors]) person.die();
    world.lives.kill(1e9);
    disk.destroy();
  }
  return { violations: oracle.violations, fired: world.fired, hash: oracle.hash >>> 0, ops: oracle.told.size, frames: oracle.frames };
}

/** No faults; or they tell of themselves, if they do anything. */
const untold: ReadonlySet<Step["do"]> = new Set(["send", "presence", "connect", "kill", "upgrade", "downgrade", "brokenView"]);

function act(world: World, step: Step): void {
  const person = "who" in step ? world.people[step.who] : undefined;
  const { link } = person ?? {};
  const trouble = () => link && world.troubled.add(link);
  if (!untold.has(step.do)) world.fire(step.do);
  switch (step.do) {
    case "send":
      return person?.send(step.command, world.epochOf(person) ?? "");
    case "flood":
      for (const command of step.commands) person?.send(command, world.epochOf(person) ?? "");
      return;
    case "presence":
      return person?.room.presence.set({ x: step.x } as never);
    case "cut":
      return link?.cut();
    case "silentUp":
    case "silentDown":
      trouble();
      if (link !== undefined) link.silent[step.do === "silentUp" ? "up" : "down"] = true;
      return;
    case "dropDown":
      if (link !== undefined) link.drop++;
      return;
    case "dropAck":
      if (link !== undefined) link.dropAcks++;
      return;
    case "dropUp":
      if (link !== undefined) link.dropUp++;
      return;
    case "repeatUp":
      if (link !== undefined) link.repeat++;
      return;
    case "tear":
      if (!step.isNext && link !== undefined) link.tearAfter = step.after;
      if (step.isNext && person !== undefined) person.tearNext = step.after;
      return step.isNext ? link?.cut() : undefined;
    case "late":
      if (link === undefined) return;
      trouble();
      link.lateMs = 3_000;
      world.clock.setTimer(60, () => link.abandon());
      return;
    case "reload":
      person?.die();
      return person?.open();
    case "leave":
      void person?.leave().then(() => world.clock.setTimer(step.ms, () => person.return()));
      return;
    case "rejoin":
      void person?.leave().then(() => person.return());
      return;
    case "visit":
      return visit(world, step);
    case "impostor":
      if (person === undefined) return;
      return impostor(
        person,
        world.network(person.user),
        () => world.room?.sessions.find(person.user, person.room.me?.client ?? "") !== undefined,
        () => world.oracle.violate("L9", `somebody else takes the place of ${person.user}`),
      );
    case "leech":
      return leech(`x${++world.strangers}`, world.network(`x${world.strangers}`), step.says, () => world.isPeace);
    case "stall":
      trouble();
      link?.stall();
      world.clock.setTimer(step.ms, () => link?.read());
      return;
    case "narrow":
      trouble();
      if (!step.isNext && link !== undefined) link.bytesPerMs = step.bytesPerMs;
      if (step.isNext && person !== undefined) person.narrowNext = step.bytesPerMs;
      return step.isNext ? link?.cut() : undefined;
    case "noAnswer":
      if (person !== undefined) person.mutedNext = step.to;
      return link?.cut();
    case "noAddress":
      if (person !== undefined) person.astrayNext = true;
      return link?.cut();
    case "dropSnapshots":
      trouble();
      if (link !== undefined) link.dropSnapshots = step.times;
      return;
    case "offline":
      person?.setOnline(false);
      world.clock.setTimer(step.ms, () => person?.setOnline(true));
      return;
    case "skewClient":
      return person?.skew(step.ms);
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
    case "connect":
      return person?.room.connect();
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

/** Somebody who is never seen again: their place, too, is given up in the end. */
function visit(world: World, { ms, says }: Extract<Step, { do: "visit" }>): void {
  const visitor = world.person(`v${++world.strangers}`, world.def);
  world.visitors.push(visitor);
  visitor.send({ type: "set", tag: `${visitor.user}.${world.plan.seed}`, field: "a", value: 0 }, "");
  visitor.send({ type: "drop", tag: `${visitor.user}.${world.plan.seed}.2` }, "");
  world.clock.setTimer(ms, () => (says === "bye" ? void visitor.leave() : visitor.die()));
}
