/** What people do and meet in a simulated run. From: run.ts and test/cluster/sim/run.ts, which do what happens to servers. */
import type { Crowd } from "./crowd.ts";
import type { Step } from "./steps.ts";
import { impostor, leech } from "./strangers.ts";

export function actOn(crowd: Crowd, step: Step): void {
  const person = "who" in step ? crowd.people[step.who] : undefined;
  const { link } = person ?? {};
  const trouble = () => link && crowd.troubled.add(link);
  switch (step.do) {
    case "send":
      return person?.send(step.command, crowd.epochOf(person) ?? "");
    case "flood":
      for (const command of step.commands) person?.send(command, crowd.epochOf(person) ?? "");
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
      crowd.clock.setTimer(60, () => link.abandon());
      return;
    case "reload":
      person?.die();
      return person?.open();
    case "leave":
      void person?.leave().then(() => crowd.clock.setTimer(step.ms, () => person.return()));
      return;
    case "rejoin":
      void person?.leave().then(() => person.return());
      return;
    case "visit":
      return visit(crowd, step);
    case "impostor":
      if (person === undefined) return;
      return impostor(
        person,
        crowd.network(person.user),
        () => crowd.knows(person.user, person.room.me?.client ?? ""),
        () => crowd.oracle.violate("L9", `somebody else takes the place of ${person.user}`),
      );
    case "leech":
      return leech(`x${++crowd.strangers}`, crowd.network(`x${crowd.strangers}`), step.says, () => crowd.isPeace);
    case "stall":
      trouble();
      link?.stall();
      crowd.clock.setTimer(step.ms, () => link?.read());
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
      crowd.clock.setTimer(step.ms, () => person?.setOnline(true));
      return;
    case "skewClient":
      return person?.skew(step.ms);
    case "connect":
      return person?.room.connect();
    case "revoke":
      if (person !== undefined) crowd.revoked.add(person.user);
      return;
    case "readmit":
      if (person === undefined) return;
      crowd.revoked.delete(person.user);
      return person.room.setToken(person.user);
    case "renew":
      return person?.room.setToken(person.user);
  }
}

/** Somebody who is never seen again: their place, too, is given up in the end. */
function visit(crowd: Crowd, { ms, says }: Extract<Step, { do: "visit" }>): void {
  const visitor = crowd.person(`v${++crowd.strangers}`, crowd.def);
  crowd.visitors.push(visitor);
  visitor.send({ type: "set", tag: `${visitor.user}.${crowd.plan.seed}`, field: "a", value: 0 }, "");
  visitor.send({ type: "drop", tag: `${visitor.user}.${crowd.plan.seed}.2` }, "");
  crowd.clock.setTimer(ms, () => (says === "bye" ? void visitor.leave() : visitor.die()));
}
