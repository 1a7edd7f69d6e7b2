/** What cannot be recorded is forgotten and told to the operators; nobody else loses anything by it. Who lives no more is no longer told. */
import { expect, test } from "bun:test";
import { type AnyActorRef, createActor, fromCallback, setup } from "xstate";
import type { InspectMessage } from "../../src/inspect/messages.ts";
import { Recorder } from "../../src/inspect/recorder.ts";
import type { Subject } from "../../src/inspect/subject.ts";
import { VirtualClock } from "../../src/testing/clock.ts";
import { eventually } from "../support/eventually.ts";

function recording() {
  const clock = new VirtualClock();
  const troubles: unknown[] = [];
  const recorder = new Recorder({ clock, onTrouble: (error) => troubles.push(error) });
  recorder.add({ id: "server", parentId: undefined, name: "server", definition: "{}" });
  return { clock, troubles, recorder };
}

/** As a socket does: it encodes, all or nothing. */
class Listener {
  readonly messages: InspectMessage[] = [];
  readonly stop: () => void;
  constructor(recorder: Recorder) {
    this.stop = recorder.watch({ send: (messages) => this.messages.push(...(JSON.parse(JSON.stringify(messages)) as InspectMessage[])) });
  }
  /** As a page has it: what is older than what it knows is past. */
  get living(): readonly string[] {
    const living = new Map<string, number>();
    for (const message of this.messages) {
      if (!("sessionId" in message)) continue;
      const at = Number(message.createdAt);
      if (message.type === "@xstate.actor") living.set(message.sessionId, at);
      const isOver = message.type === "@xstate.snapshot" && message.snapshot.status !== "active";
      if (isOver && at >= (living.get(message.sessionId) ?? 0)) living.delete(message.sessionId);
    }
    return [...living.keys()];
  }
  of(id: string): readonly InspectMessage[] {
    return this.messages.filter((message) => "sessionId" in message && message.sessionId === id);
  }
}

const machine = setup({ actors: { worker: fromCallback(() => undefined) } }).createMachine({
  id: "worker",
  initial: "idle",
  on: { again: ".busy" },
  states: { idle: { on: { work: "busy" } }, busy: { invoke: { id: "job", src: "worker" }, on: { rest: "idle" } } },
});
const started = () => createActor(machine).start();
const domainOf = (room: string, actor: AnyActorRef, project?: Subject["project"]): Subject => ({
  id: `domain:${room}`,
  parentId: `room:${room}`,
  name: room,
  definition: "{}",
  actor,
  ...(project === undefined ? {} : { project }),
});
const fails = (): never => {
  throw new Error("clumsy");
};

test("[L13] who cannot be shown as it begins is forgotten, and the operators are told", () => {
  const { recorder, troubles } = recording();
  recorder.add(domainOf("a", started(), fails));
  recorder.add(domainOf("b", started()));
  expect(troubles).toEqual([new Error("clumsy")]);
  expect(new Listener(recorder).living).toEqual(["server", "domain:b"]);
  expect(troubles).toHaveLength(1);
});

test("[L13] who cannot be shown when a watcher comes is forgotten, and the watcher is told of all others", () => {
  const { recorder, troubles } = recording();
  let isClumsy = false;
  recorder.add(domainOf("a", started(), () => (isClumsy ? fails() : {})));
  recorder.add(domainOf("b", started()));
  isClumsy = true;
  expect(new Listener(recorder).living).toEqual(["server", "domain:b"]);
  expect(new Listener(recorder).living).toEqual(["server", "domain:b"]);
  expect(troubles).toEqual([new Error("clumsy")]);
});

test("[L13] what JSON cannot carry goes to nobody, nor does anything else of its actor; all the rest does", async () => {
  const { recorder, troubles, clock } = recording();
  const [odd, good] = [started(), started()];
  recorder.add(domainOf("odd", odd, ({ value }) => ({ n: value === "idle" ? 1 : 1n })));
  recorder.add(domainOf("good", good));
  const [one, two] = [new Listener(recorder), new Listener(recorder)];
  odd.send({ type: "work" });
  good.send({ type: "work" });
  await clock.advance(50);
  for (const { of } of [one, two].map((it) => ({ of: it.of.bind(it) }))) {
    expect(of("domain:good").map(({ type }) => type)).toEqual(["@xstate.actor", "@xstate.event", "@xstate.snapshot"]);
    expect(of("domain:odd").map(({ type }) => type)).toEqual(["@xstate.actor", "@xstate.event"]);
  }
  await clock.advance(50);
  expect(one.of("domain:odd").at(-1)).toMatchObject({ type: "@xstate.snapshot", snapshot: { status: "stopped" } });
  expect(troubles).toEqual([expect.any(TypeError)]);
  odd.send({ type: "rest" });
  good.send({ type: "rest" });
  await clock.advance(50);
  expect(one.of("domain:odd")).toHaveLength(3);
  expect(one.of("domain:good")).toHaveLength(5);
  // What is kept for those who come later has it no more.
  const later = new Listener(recorder);
  expect(later.living).toEqual(["server", "domain:good"]);
  expect(troubles).toHaveLength(1);
});

test("[L13] who already gives it when the first watcher comes: the same", () => {
  const { recorder, troubles } = recording();
  recorder.add(domainOf("odd", started(), () => ({ n: 1n })));
  recorder.add(domainOf("good", started()));
  expect(new Listener(recorder).living).toEqual(["server", "domain:good"]);
  expect(new Listener(recorder).living).toEqual(["server", "domain:good"]);
  expect(troubles).toEqual([expect.any(TypeError)]);
});

test("[L13] a watcher that fails by itself harms no other", async () => {
  const { recorder, troubles, clock } = recording();
  recorder.watch({ send: () => fails() });
  const listener = new Listener(recorder);
  recorder.add(domainOf("a", started()));
  await clock.advance(50);
  expect(listener.living).toEqual(["server", "domain:a"]);
  expect(troubles).toEqual([new Error("clumsy"), new Error("clumsy")]);
});

test("when a domain is replaced, the services of the one before have ended", async () => {
  const { recorder, clock } = recording();
  const before = started();
  recorder.add(domainOf("r", before));
  before.send({ type: "work" });
  const listener = new Listener(recorder);
  expect(listener.living).toEqual(["server", "domain:r", "service:r/job"]);
  // As after a fault: nothing is told of the one before any more.
  recorder.add(domainOf("r", started()));
  await clock.advance(50);
  expect(listener.of("service:r/job").at(-1)).toMatchObject({ type: "@xstate.snapshot", snapshot: { status: "stopped" } });
  expect(new Listener(recorder).living).toEqual(["server", "domain:r"]);
});

test("a service that is started again lives, though the one before it has ended", async () => {
  const { recorder, clock } = recording();
  const actor = started();
  recorder.add(domainOf("r", actor));
  actor.send({ type: "work" });
  const listener = new Listener(recorder);
  actor.send({ type: "again" });
  await clock.advance(50);
  const told = listener
    .of("service:r/job")
    .map((message) => (message.type === "@xstate.event" ? "event" : (message as { snapshot: object }).snapshot));
  expect(told).toContainEqual({ status: "stopped", context: {} });
  expect(listener.of("service:r/job").findLast(({ type }) => type !== "@xstate.event")).toMatchObject({ snapshot: { status: "active" } });
  expect(new Listener(recorder).living).toEqual(["server", "domain:r", "service:r/job"]);
});

test("[L11] a session that ends costs the same, however many others there are", () => {
  const { recorder } = recording();
  let looks = 0;
  const sessions = 1_000;
  for (let i = 0; i < sessions; i++)
    recorder.add({
      id: `session:${i}`,
      get parentId() {
        looks++;
        return "room:r";
      },
      name: "",
      definition: "{}",
    });
  looks = 0;
  for (let i = 0; i < sessions; i++) recorder.remove(`session:${i}`);
  expect(looks).toBeLessThan(sessions * 4);
});

test("a room's end is that of all below it: none of them is introduced again", () => {
  const { recorder } = recording();
  recorder.add({ id: "room:r", parentId: "server", name: "r", definition: "{}" });
  const actor = started();
  let shown = 0;
  recorder.add(domainOf("r", actor, () => ({ shown: shown++ })));
  actor.send({ type: "work" });
  recorder.remove("room:r");
  const before = shown;
  expect(new Listener(recorder).living[0]).toBe("server");
  actor.send({ type: "rest" });
  expect(shown).toBe(before);
});

test("[L13] a watcher that comes to a room type whose `inspect` throws does not end the process", async () => {
  await using child = new Child();
  await eventually(() => child.out.includes("told"), "the watcher's messages, from a process whose main module has ended");
  expect(child.out).not.toContain("ended");
});

/** `clumsy-child.ts` as a process: while a module waits at its top level, Bun only prints what is thrown. */
class Child implements AsyncDisposable {
  out = "";
  readonly #process = Bun.spawn([process.execPath, `${import.meta.dir}/clumsy-child.ts`], { stdout: "pipe", stderr: "pipe" });
  constructor() {
    void this.#read();
  }
  async #read(): Promise<void> {
    for await (const chunk of this.#process.stdout) this.out += new TextDecoder().decode(chunk);
    this.out += "ended";
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}
