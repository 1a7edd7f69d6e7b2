/**
 * `bun run bench:recorder`: what the inspector's recorder costs per transition, on beside off, in one run. Exit status 1 if it is more than it may be.
 * Rounds alternate, and the medians of the differences count, so that a machine that others use does not decide.
 */
import { createActor } from "xstate";
import { clientSync } from "../../machines/client-sync.ts";
import { realClock } from "../../src/clock.ts";
import { definitionOf } from "../../src/inspect/definition.ts";
import { Recorder } from "../../src/inspect/recorder.ts";
import { meeting } from "../../src/meeting/room.ts";
import { HostedDomain } from "../../src/room/hosted.ts";

const rounds = 60;
const perRound = 2_000;
const allowedUs = 3;

interface Case {
  readonly name: string;
  readonly actor: Parameters<Recorder["add"]>[0]["actor"];
  readonly project: NonNullable<Parameters<Recorder["add"]>[0]["project"]>;
  /** One transition. */
  step(i: number): void;
}

function session(): Case {
  const actor = createActor(clientSync).start();
  actor.send({ type: "join", by: "delta" });
  actor.send({ type: "caughtUp" });
  return {
    name: "a session: live, lagging, catching up",
    actor,
    project: () => ({ user: "ada", role: "host", client: "a", audience: "everyone", rev: 1, acked: 1, reason: "first" }),
    step: (i) => actor.send(i % 3 === 0 ? { type: "lag" } : i % 3 === 1 ? { type: "drained" } : { type: "caughtUp" }),
  };
}

function domain(people: number): Case {
  let at = 1_000;
  const hosted = new HostedDomain({
    machine: meeting.machine,
    input: { id: "r", at },
    clock: { ...realClock, now: () => at++ },
    hooks: {
      onOp: () => undefined,
      onTrouble: (_, error) => {
        throw error;
      },
    },
    timersMax: 100,
    development: false,
  });
  hosted.start();
  for (let who = 1; who <= people; who++) {
    const user = `user${who}`;
    const role = who === 1 ? "host" : "member";
    hosted.offer({ type: "participant.joined", user, name: user, role, who, client: user } as never, {
      who,
      by: { user, role, client: user },
      seq: 0,
    });
  }
  const by = { user: "user1", role: "host", client: "user1" };
  hosted.offer({ type: "meeting.start" }, { who: 1, by, seq: 1 });
  return {
    name: `a meeting of ${people}: a hand goes up and down`,
    actor: hosted.actor,
    project: meeting.inspect as never,
    step: (i) => {
      const offer = hosted.offer({ type: i % 2 === 0 ? "hand.raise" : "hand.lower" }, { who: 1, by, seq: i + 1 });
      if (offer.kind !== "op") throw new Error(`the meeting says ${offer.kind}`);
      hosted.commit(Infinity);
    },
  };
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;

let tooMuch = false;
for (const { name, actor, project, step } of [session(), domain(50), domain(1_000)]) {
  const recorder = new Recorder({
    clock: realClock,
    onTrouble: (error) => {
      throw error;
    },
  });
  const subject = { id: "it", parentId: undefined, name, definition: definitionOf(clientSync), actor, project };
  let i = 0;
  const roundUs = (): number => {
    const begun = performance.now();
    for (let n = 0; n < perRound; n++) step(i++);
    return ((performance.now() - begun) * 1_000) / perRound;
  };
  const off: number[] = [];
  const on: number[] = [];
  for (let round = 0; round < rounds; round++) {
    off.push(roundUs());
    recorder.add(subject as never);
    on.push(roundUs());
    recorder.remove("it");
  }
  recorder.stop();
  const more = median(on.map((us, round) => us - (off[round] as number)));
  tooMuch ||= more > allowedUs;
  console.log(
    `${name}: off ${median(off).toFixed(2)} µs, on ${median(on).toFixed(2)} µs; +${more.toFixed(2)} µs a transition (${allowedUs} are allowed)`,
  );
}
process.exit(tooMuch ? 1 : 0);
