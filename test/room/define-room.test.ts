import { expect, test } from "bun:test";
import * as v from "valibot";
import { type AnyStateMachine, and, createActor, createMachine, fromPromise, or, raise, sendTo, setup, spawnChild } from "xstate";
import { meeting as meetingMachine } from "../../machines/meeting.ts";
import type { Commands } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { HiddenError, hidden, isHidden, mask, reveal } from "../../src/room/secret.ts";

interface Loose {
  readonly type?: string;
  readonly version?: number;
  readonly machine?: AnyStateMachine;
  readonly commands?: Commands;
  readonly reasons?: Readonly<Record<string, string>>;
  readonly limits?: { readonly clientsMax?: number };
  readonly migrate?: () => { context: object };
  readonly undo?: Readonly<Record<string, () => undefined>>;
}
const plain = createMachine({ id: "plain" });
/** Without the compiler's help, as JavaScript would call it. */
const define = (changes: Loose) =>
  defineRoom({ type: "plain", version: 1, machine: plain as AnyStateMachine, commands: {}, reasons: {}, ...changes });
const findings = (changes: Loose): readonly string[] => {
  try {
    define(changes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message.split("\n- ").slice(1);
  }
  return [];
};
const service = fromPromise(() => Promise.resolve(1));

test("[definition] a room type is frozen and complete", () => {
  const room = define({});
  expect(Object.isFrozen(room)).toBe(true);
  expect(room).toMatchObject({
    type: "plain",
    version: 1,
    commands: {},
    presence: {},
    reasons: {},
    undo: {},
    invariants: {},
    limits: {},
  });
  expect(room.audience({ user: "ada", role: "host" })).toBe("everyone");
  expect(room.view).toBeUndefined();
});

test("[L13] an endless `always` loop ends, also after `provide`; the given machine is left alone", () => {
  const given = setup({}).createMachine({
    id: "loop",
    initial: "idle",
    states: { idle: { on: { go: "a" } }, a: { always: "b" }, b: { always: "a" } },
  });
  for (const machine of [define({ machine: given }).machine, define({ machine: given }).machine.provide({})]) {
    expect(machine.options.maxIterations).toBe(1_000);
    const errors: unknown[] = [];
    const actor = createActor(machine);
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start().send({ type: "go" });
    expect(String(errors)).toContain("Infinite loop");
  }
  expect(given.options.maxIterations).toBe(Infinity);
});

test("[definition] a machine's own lower bound holds", () => {
  const machine = createMachine({ id: "plain", options: { maxIterations: 10 } });
  expect(define({ machine }).machine.options.maxIterations).toBe(10);
});

test("[definition] every finding is listed at once", () => {
  const found = findings({ type: "Poker", version: 0, machine: createMachine({}), limits: { clientsMax: 0 }, reasons: { gone: "x" } });
  expect(found).toEqual([
    expect.stringContaining("the type 'Poker'"),
    expect.stringContaining("the version must be 1, 2, 3 …, not 0"),
    expect.stringContaining("the machine needs an id"),
    expect.stringContaining("the limit clientsMax"),
    expect.stringContaining("the reason 'gone' is for no guard"),
  ]);
});

test("[definition] the version is a positive integer, and migrations come from older ones", () => {
  for (const version of [0, -1, 1.5, Number.NaN]) expect(findings({ version })).toEqual([expect.stringContaining("the version")]);
  const migrate = () => ({ context: {} });
  expect(findings({ version: 1, migrate })).toEqual(["no version is older than 1: there is nothing to migrate"]);
  expect(findings({ version: 2, migrate })).toEqual([]);
  expect(findings({ undo: { erase: () => undefined } })).toEqual(["'undo' has a rule for 'erase', which is no command"]);
});

test("[definition] names of commands are plain, short and not the room's own", () => {
  for (const name of ["", "a b", "xstate.init", "participant.joined", "participant", "*", "a.*", "x".repeat(101)]) {
    expect(findings({ commands: { [name]: {} } })).toEqual([`'${name}' is no name for a command`]);
  }
  expect(findings({ commands: { "round.start": {}, participants: {} } })).toEqual([]);
  expect(findings({ commands: { vote: { at: v.number() } } })).toEqual(["'vote' must not declare 'at': the server stamps it"]);
});

test("[definition] every guard has a name, an implementation and a reason", () => {
  const guards = { isHost: () => true, isLive: () => true };
  const of = (guard: object | string) => ({
    machine: createMachine({ id: "m", on: { x: { guard } } } as object).provide({ guards } as object) as AnyStateMachine,
  });
  const reasons = { isHost: "a", isLive: "b", "not isLive": "c" };
  expect(findings({ ...of(and(["isHost", or(["isLive"])])), reasons })).toEqual([]);
  expect(findings({ ...of("isHost"), reasons: { isHost: "a" } })).toEqual(["the guard 'isLive' has no reason"]);
  expect(findings({ ...of("isHots"), reasons })).toEqual(["the state 'm' asks the guard 'isHots', which the machine does not have"]);
  expect(findings({ ...of(and(["isHost", () => true])), reasons })).toEqual([
    expect.stringContaining("the state 'm' has a guard without a name"),
  ]);
  const composite = setup({ guards: { isHost: () => true, both: and(["isHost", () => true]) } }).createMachine({ id: "m" });
  expect(findings({ machine: composite, reasons: { isHost: "a", both: "b" } })).toEqual([
    expect.stringContaining("'both' has a guard without a name"),
  ]);
  const alias = setup({ guards: { isHost: () => true } })
    .createMachine({ id: "m" })
    .provide({ guards: { isHost: "isHots" as "isHost" } });
  expect(findings({ machine: alias, reasons: { isHost: "a" } })).toEqual([
    "'isHost' asks the guard 'isHots', which the machine does not have",
  ]);
  const eventless = createMachine({ id: "m", initial: "a", states: { a: { always: { guard: () => false, target: "b" } }, b: {} } });
  expect(findings({ machine: eventless })).toEqual([expect.stringContaining("the state 'a' has a guard without a name")]);
});

test("[definition] a service can be invoked again by its name, and its failure is handled", () => {
  const invoking = (invoke: object) => ({
    machine: createMachine({ id: "m", initial: "a", states: { a: { invoke }, b: {} } } as object).provide({
      actors: { service },
    } as object) as AnyStateMachine,
  });
  expect(findings(invoking({ src: "service", onError: "b" }))).toEqual([]);
  expect(findings(invoking({ src: service, onError: "b" }))).toEqual([expect.stringContaining("invokes something nameless")]);
  expect(findings(invoking({ src: "service", onError: "b", systemId: "s" }))).toEqual([expect.stringContaining("with a systemId")]);
  expect(findings(invoking([{ src: "service", onError: "b" }, { src: "service" }]))).toEqual([expect.stringContaining("without onError")]);
});

test("[definition] no action sends late or spawns what a restart cannot find again", () => {
  const acting = (action: object) => [
    { machine: createMachine({ id: "m", entry: action } as object) as AnyStateMachine },
    { machine: createMachine({ id: "m", on: { x: { actions: ["other", action] } } } as object) as AnyStateMachine },
    { machine: createMachine({ id: "m", initial: { target: "a", actions: action }, states: { a: {} } } as object) as AnyStateMachine },
    { machine: createMachine({ id: "m" }).provide({ actions: { named: action } } as object) as AnyStateMachine },
  ];
  for (const changes of acting(sendTo("x", { type: "y" }, { delay: 10 }))) {
    expect(findings(changes)).toEqual([expect.stringContaining("a delayed sendTo")]);
  }
  for (const changes of acting(spawnChild(service, { id: "c" } as object)))
    expect(findings(changes)).toEqual([expect.stringContaining("without a name")]);
  for (const changes of acting(spawnChild("service" as never, {} as object)))
    expect(findings(changes)).toEqual([expect.stringContaining("or without an id")]);
  for (const changes of acting(spawnChild("service" as never, { id: "c", systemId: "s" } as object))) {
    expect(findings(changes)).toEqual([expect.stringContaining("with a systemId")]);
  }
  for (const changes of acting(raise({ type: "y" }, { delay: 10 }))) expect(findings(changes)).toEqual([]);
});

test("[definition] a misspelt delay is found: xstate would take its transition at once", () => {
  const waiting = (after: object) => {
    const config: object = { id: "m", initial: "a", states: { a: { after }, b: {} } };
    return findings({ machine: setup({ delays: { short: 10 } }).createMachine(config as { id: "m" }) });
  };
  expect(waiting({ short: "b", 20: "b" })).toEqual([]);
  expect(waiting({ shrot: "b" })).toEqual(["the state 'a' waits for 'shrot', which is no delay of the machine"]);
});

test("[definition] nothing is found in the meeting but the reasons left out here", () => {
  const reasons = Object.fromEntries(Object.keys(meetingMachine.implementations.guards).map((name) => [name, "No."]));
  expect(findings({ machine: meetingMachine, reasons })).toEqual([]);
});

test("[L8] what is masked keeps its keys and gives nothing away", () => {
  const votes = mask<number>(JSON.parse('{"ada":3,"__proto__":5}'));
  expect(JSON.stringify(votes)).toBe('{"ada":{"$hidden":true},"__proto__":{"$hidden":true}}');
  expect(mask(votes)).toEqual(votes);
  expect(() => reveal(votes["ada"] ?? 0)).toThrow(HiddenError);
  expect(reveal<number | null>(null)).toBeNull();
  expect(isHidden(JSON.parse(JSON.stringify(hidden)))).toBe(true);
  for (const value of [null, "x", { $hidden: false }]) expect(isHidden(value)).toBe(false);
});
