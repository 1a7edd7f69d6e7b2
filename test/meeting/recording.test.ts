import { describe, expect, test } from "bun:test";
import { createActor, fromPromise, waitFor } from "xstate";
import { errorCharsMax, meeting, type RecorderInput, type RecorderOutput, recordingSpansMax } from "../../machines/meeting.ts";
import { type Driver, liveMeeting } from "./driver.ts";

const done = { type: "xstate.done.actor.recorder", output: { file: "weekly-7.json" } } as const;
const failed = (error: unknown) => ({ type: "xstate.error.actor.recorder", error }) as const;
function recording(): Driver {
  const driver = liveMeeting();
  driver.send("carl", { type: "recording.start" });
  driver.room(done);
  return driver;
}

describe("recording", () => {
  test("[recording] starts and stops by the recorder service, which learns who spoke when", () => {
    const driver = liveMeeting();
    driver.send("mia", { type: "floor.take" });
    driver.send("carl", { type: "recording.start" });
    const startedAt = driver.at;
    expect(driver.state.value).toMatchObject({ recording: "starting" });
    driver.room(done);
    expect(driver.state.value).toMatchObject({ recording: "on" });
    driver.send("mia", { type: "floor.yield" });
    driver.send("max", { type: "floor.take" });
    driver.send("carl", { type: "recording.stop" });
    expect(driver.orders.map(({ input }) => input)).toEqual([
      { do: "start", room: "weekly", at: startedAt },
      {
        do: "stop",
        room: "weekly",
        at: startedAt + 4,
        startedAt,
        // Mia had the floor before, but was not recorded then.
        spans: [
          { user: "mia", name: "Mia", from: startedAt, to: startedAt + 2 },
          { user: "max", name: "Max", from: startedAt + 3, to: startedAt + 4 },
        ],
      },
    ]);
    driver.room(done);
    expect(driver.state.value).toMatchObject({ recording: "off" });
    expect(driver.meeting.recording).toMatchObject({ file: "weekly-7.json", error: null });
  });

  test("[recording] the speaker's name is kept when the person leaves before the stop", () => {
    const driver = recording();
    driver.send("mia", { type: "floor.take" });
    driver.room({ type: "participant.left", user: "mia" });
    expect(driver.meeting.recording.spans).toMatchObject([{ user: "mia", name: "Mia" }]);
  });

  test("[recording] the end of the meeting stops a recording that is on, in the same op", () => {
    const driver = recording();
    driver.send("mia", { type: "floor.take" });
    driver.send("hana", { type: "meeting.end" });
    expect(driver.state.value).toMatchObject({ phase: "ended", recording: "stopping" });
    expect(driver.meeting.recording).toMatchObject({ stoppedAt: driver.at, spans: [{ user: "mia", from: driver.at - 1, to: driver.at }] });
    expect(driver.orders.at(-1)?.input).toMatchObject({ do: "stop", at: driver.at });
    driver.room(done);
    expect(driver.meeting.recording.file).toBe("weekly-7.json");
  });

  test("[recording] a meeting that ends while the recorder is starting stops it as soon as it has started", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "recording.start" });
    driver.send("hana", { type: "meeting.end" });
    const endedAt = driver.at;
    expect(driver.state.value).toMatchObject({ recording: "starting" });
    expect(driver.orders).toHaveLength(1);
    driver.room(done);
    expect(driver.state.value).toMatchObject({ recording: "stopping" });
    expect(driver.orders.at(-1)?.input).toMatchObject({ do: "stop", at: endedAt });
  });

  for (const [what, error, message] of [
    ["an Error", new Error("The disk is full."), "The disk is full."],
    ["an error read from the journal", { message: "The disk is full." }, "The disk is full."],
    ["a string", "The disk is full.", "The disk is full."],
    ["nothing readable", {}, "The recorder failed."],
  ] as const) {
    test(`[recording] a failure is kept for people to see and told: ${what}`, () => {
      const driver = liveMeeting();
      driver.send("carl", { type: "recording.start" });
      driver.room(failed(error));
      expect(driver.state.value).toMatchObject({ recording: "off" });
      expect(driver.meeting.recording).toMatchObject({ error: message, file: null });
      expect(driver.cues).toEqual([{ type: "recordingFailed", message }]);
      driver.send("mia", { type: "floor.take" });
      driver.send("mia", { type: "floor.yield" });
      expect(driver.meeting.recording.spans).toEqual([]);
      expect(driver.send("carl", { type: "recording.start" })).toBe(true);
      expect(driver.meeting.recording.error).toBeNull();
    });
  }

  test("[recording] when saving fails, what was heard is kept", () => {
    const driver = recording();
    driver.send("mia", { type: "floor.take" });
    driver.send("carl", { type: "recording.stop" });
    driver.room(failed(new Error("The disk is full.")));
    expect(driver.meeting.recording).toMatchObject({ error: "The disk is full.", spans: [{ user: "mia" }] });
  });

  test("[L11] spans are bounded: the newest are kept", () => {
    const driver = recording();
    for (let n = 0; n < recordingSpansMax + 3; n += 1) {
      driver.send("mia", { type: "floor.take" });
      driver.send("mia", { type: "floor.yield" });
    }
    expect(driver.meeting.recording.spans).toHaveLength(recordingSpansMax);
    expect(driver.meeting.recording.spans.at(-1)?.to).toBe(driver.at);
  });

  test("[L11] a failure's message is bounded, in the state and in the cue", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "recording.start" });
    driver.room(failed(new Error("x".repeat(errorCharsMax + 1))));
    expect(driver.meeting.recording.error).toHaveLength(errorCharsMax);
    expect(driver.cues).toEqual([{ type: "recordingFailed", message: "x".repeat(errorCharsMax) }]);
  });

  test("[recording] as an actor: the end during the start runs both orders, one after the other", async () => {
    const orders: RecorderInput["do"][] = [];
    const started = Promise.withResolvers<RecorderOutput>();
    const service = fromPromise<RecorderOutput, RecorderInput>(({ input }) => {
      orders.push(input.do);
      return input.do === "start" ? started.promise : Promise.resolve({ file: "whole.json" });
    });
    const actor = createActor(meeting.provide({ actors: { recorder: service } }), { input: { id: "weekly", at: 0 } });
    actor.subscribe({ error: (error) => expect.unreachable(String(error)) });
    actor.start();
    const driver = liveMeeting();
    driver.send("hana", { type: "recording.start" });
    driver.send("hana", { type: "meeting.end" });
    for (const event of driver.events) actor.send(event);
    expect(orders).toEqual(["start"]);
    started.resolve({ file: "begun.json" });
    const end = await waitFor(actor, (state) => state.matches({ recording: "off" }), { timeout: 5_000 });
    expect(orders).toEqual(["start", "stop"]);
    expect(end.context.meeting.recording.file).toBe("whole.json");
    actor.stop();
  });
});
