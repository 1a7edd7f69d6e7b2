import { describe, expect, test } from "bun:test";
import { type AnyStateMachine, createMachine } from "xstate";
import { clientSync } from "../../machines/client-sync.ts";
import { definitionOf } from "../../src/inspect/definition.ts";
import { dotOf, graphOf, headHeight, rowsOf, textsOf } from "../../src/inspect/page/chart/graph.ts";
import { boxesOf, type ChartModel, chartModel } from "../../src/inspect/page/chart/model.ts";
import { activeIn, leavesOf, takenBy } from "../../src/inspect/page/chart/taken.ts";
import { meeting } from "../../src/meeting/room.ts";

const box = ({ root }: ChartModel, id: string) => {
  const found = boxesOf(root).find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no box ${id}`);
  return found;
};
const labels = ({ arrows }: ChartModel, from: string, to: string) =>
  arrows.find((arrow) => arrow.from === from && arrow.to === to)?.labels.map(({ text }) => text);

describe("the meeting's chart", () => {
  const model = chartModel(definitionOf(meeting.machine));

  test("has its five regions side by side", () => {
    expect(model.root.type).toBe("parallel");
    expect(model.root.children.map(({ name, isRegion }) => [name, isRegion])).toEqual(
      ["phase", "recording", "floor", "agenda", "app"].map((name) => [name, true]),
    );
  });
  test("has what moves nothing as lines inside the state's box", () => {
    expect(textsOf(box(model, "meeting.phase"))).toContain("on chat.send [isPresent and isMember and notEnded]");
    expect(box(model, "meeting.phase").lines).toHaveLength(14);
    expect(box(model, "meeting.phase.live").lines.map(({ event }) => event)).toEqual(["poll.open", "poll.vote", "poll.close"]);
  });
  test("has services, what they lead to, delays by name and eventless transitions", () => {
    expect(box(model, "meeting.recording.starting").invokes).toEqual(["recorder"]);
    expect(labels(model, "meeting.recording.starting", "meeting.recording.on")).toEqual(["recorder is done"]);
    expect(labels(model, "meeting.recording.starting", "meeting.recording.off")).toEqual(["recorder fails"]);
    expect(labels(model, "meeting.agenda.running", "meeting.agenda.overtime")).toEqual(["after itemTime"]);
    expect(labels(model, "meeting.agenda.running", "meeting.agenda.idle")).toEqual(["always [hasEnded]"]);
  });
  test("gathers all arrows from one state to another into one", () => {
    expect(labels(model, "meeting.recording.stopping", "meeting.recording.off")).toEqual(["recorder is done", "recorder fails"]);
    expect(labels(model, "meeting.floor", "meeting.floor.taken")).toHaveLength(2);
    expect(box(model, "meeting.floor").hasAny).toBe(true);
  });
  test("lights the innermost states and those around them; names of another version are left out", () => {
    const value = { phase: "live", recording: "off", floor: "taken", agenda: "idle", app: {} };
    const active = activeIn(model.machine, value);
    const states = ["phase", "phase.live", "recording", "recording.off", "floor", "floor.taken", "agenda", "agenda.idle", "app"];
    expect([...active]).toEqual(["meeting", ...states.map((path) => `meeting.${path}`)]);
    expect([...activeIn(model.machine, { phase: "paused" })]).toEqual(["meeting", "meeting.phase"]);
    expect(leavesOf(value)).toEqual(["phase.live", "recording.off", "floor.taken", "agenda.idle", "app"]);
  });
  test("knows what a step has taken: an arrow, what follows by itself, or a line", () => {
    const at = (phase: string, recording: string) => activeIn(model.machine, { phase, recording, floor: "free", agenda: "idle", app: {} });
    expect([...takenBy(model, at("lobby", "off"), at("live", "off"), "meeting.start")]).toEqual([
      "meeting.phase.lobby → meeting.phase.live",
    ]);
    expect([...takenBy(model, at("live", "on"), at("ended", "stopping"), "meeting.end")]).toEqual([
      "meeting.phase.live → meeting.phase.ended",
      "meeting.recording.on → meeting.recording.stopping",
    ]);
    const said = takenBy(model, at("live", "off"), at("live", "off"), "chat.send");
    expect(
      box(model, "meeting.phase")
        .lines.filter(({ id }) => said.has(id))
        .map(({ event }) => event),
    ).toEqual(["chat.send"]);
    expect(said.size).toBe(1);
  });
});

describe("a session's chart", () => {
  const model = chartModel(definitionOf(clientSync));

  test("has transitions across levels, to itself, and from anywhere inside", () => {
    expect(labels(model, "clientSync.delta.catchingUp", "clientSync.snapshot")).toEqual(["behind"]);
    expect(labels(model, "clientSync.snapshot", "clientSync.snapshot")).toEqual(["resync ↻"]);
    expect(labels(model, "clientSync", "clientSync.closed")).toEqual(["bye", "kick"]);
    expect(labels(model, "clientSync.new", "clientSync.snapshot")).toEqual(["join [bySnapshot]"]);
    expect(box(model, "clientSync.closed").type).toBe("final");
  });
  test("has entry and exit actions in the box, and dots where compound states begin", () => {
    expect(textsOf(box(model, "clientSync.delta.live"))).toEqual(["entry / subscribe", "exit / unsubscribe"]);
    expect(model.root.initial).toEqual(["clientSync.new"]);
    expect(box(model, "clientSync.delta").initial).toEqual(["clientSync.delta.catchingUp"]);
  });
});

describe("a machine with everything", () => {
  const machine = createMachine({
    id: "zoo",
    initial: "work",
    on: { "*": { actions: "complain" }, "app.*": { target: ".over" }, hush: {} },
    states: {
      work: {
        type: "parallel",
        onDone: { target: "over" },
        invoke: { src: "helper", id: "help", onDone: { target: "over" }, onError: { actions: "note" } },
        after: { 15000: { target: "over", guard: "isLate" } },
        states: {
          left: { initial: "one", states: { one: { on: { GO: "two" } }, two: { type: "final" } } },
          right: {
            initial: "a",
            states: {
              a: {
                always: [
                  { guard: "isReady", target: "b" },
                  { actions: "wait", guard: "isEarly" },
                ],
                exit: ["wash", { type: "dry", params: { secret: 1 } }],
              },
              b: { on: { BACK: "#zoo.work.right.again", INTO: { target: "#zoo.work.left.two" } } },
              again: { type: "history", history: "deep", target: "a" },
            },
          },
        },
      },
      over: { type: "final", description: "Nothing more happens." },
    },
  });
  const model = chartModel(definitionOf(machine as unknown as AnyStateMachine));

  test("delays in ms, onDone, services, wildcards, what is forbidden", () => {
    expect(labels(model, "zoo.work", "zoo.over")).toEqual(expect.arrayContaining(["after 15000 ms [isLate]", "is done", "help is done"]));
    expect(labels(model, "zoo", "zoo.over")).toEqual(["app.*"]);
    expect(model.root.lines.map(({ text }) => text)).toEqual(["on any event", "never hush"]);
    expect(textsOf(box(model, "zoo.work"))).toEqual(["invoke help: helper", "on help fails"]);
  });
  test("eventless transitions with a guard, with and without a target; actions as names alone", () => {
    expect(labels(model, "zoo.work.right.a", "zoo.work.right.b")).toEqual(["always [isReady]"]);
    expect(textsOf(box(model, "zoo.work.right.a"))).toEqual(["exit / wash", "exit / dry", "always [isEarly]"]);
  });
  test("a history state and where it falls back to; a target in another region", () => {
    expect(box(model, "zoo.work.right.again")).toMatchObject({ type: "history", isDeep: true });
    expect(labels(model, "zoo.work.right.again", "zoo.work.right.a")).toEqual(["by default"]);
    expect(labels(model, "zoo.work.right.b", "zoo.work.left.two")).toEqual(["INTO"]);
  });
  test("as a graph: every arrow has both ends, boxes are as wide as their words", () => {
    const graph = graphOf(model, (text) => text.length * 7);
    const ids = new Set<string>();
    const visit = (node: typeof graph): void => {
      expect(ids.has(node.id)).toBe(false);
      ids.add(node.id);
      node.children?.forEach(visit);
    };
    visit(graph);
    for (const { sources, targets } of graph.edges ?? []) for (const id of [...sources, ...targets]) expect(ids).toContain(id);
    expect(graph.edges?.length).toBe(model.arrows.length + 3);
    expect(ids).toContain(dotOf("zoo.work.left"));
    expect(headHeight(box(model, "zoo.work"))).toBeGreaterThan(headHeight(box(model, "zoo.over")));
  });
  test("long words go on in the next row, and none is lost", () => {
    const text = "on member.mute [isPresent and isModerator and targetIsPresent and mayTouch and targetIsUnmuted]";
    const rows = rowsOf([text, "short"]);
    expect(rows.map(({ text: row }) => row).join(" ")).toBe(`${text} short`);
    expect(rows.map(({ isMore }) => isMore)).toEqual([false, true, true, false]);
    expect(Math.max(...rows.map(({ text: row }) => row.length))).toBeLessThan(45);
  });
  test("what is no definition throws", () => {
    expect(() => chartModel("{")).toThrow(SyntaxError);
    expect(() => chartModel(JSON.stringify({ id: "x", initial: "nowhere", states: { here: {} } }))).toThrow();
  });
});
