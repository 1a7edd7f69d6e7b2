import { describe, expect, test } from "bun:test";
import { createActor, SimulatedClock } from "xstate";
import { meeting } from "../../machines/meeting.ts";
import { liveMeeting, timeIsUp } from "./driver.ts";

describe("the floor", () => {
  test("[floor] hands keep their order, and a raised hand is told once", () => {
    const driver = liveMeeting();
    for (const user of ["max", "mia", "carl"]) driver.send(user, { type: "hand.raise" });
    expect(driver.send("max", { type: "hand.raise" })).toBe(false);
    expect(driver.send("mia", { type: "hand.lower", user: "max" })).toBe(false);
    expect(driver.send("mia", { type: "hand.lower" })).toBe(true);
    expect(driver.meeting.hands).toEqual(["max", "carl"]);
    expect(driver.send("carl", { type: "hand.lower", user: "max" })).toBe(true);
    expect(driver.meeting.hands).toEqual(["carl"]);
    expect(driver.cues[0]).toEqual({ type: "handRaised", user: "max", name: "Max" });
    expect(driver.cues).toHaveLength(3);
  });

  test("[floor] a free floor is taken, a taken one is given, and its speaker's hand goes down", () => {
    const driver = liveMeeting();
    driver.send("mia", { type: "hand.raise" });
    expect(driver.send("mia", { type: "floor.take" })).toBe(true);
    expect(driver.meeting).toMatchObject({ speaker: "mia", hands: [] });
    expect(driver.send("max", { type: "floor.take" })).toBe(false);
    expect(driver.send("max", { type: "floor.yield" })).toBe(false);
    expect(driver.send("carl", { type: "floor.give", user: "max" })).toBe(true);
    expect(driver.meeting.speaker).toBe("max");
    expect(driver.send("max", { type: "floor.yield" })).toBe(true);
    expect(driver.state.value).toMatchObject({ floor: "free" });
  });

  test("[floor] muting the speaker frees the floor; muted people can raise a hand but not take it", () => {
    const driver = liveMeeting();
    driver.send("mia", { type: "floor.take" });
    driver.send("carl", { type: "member.mute", user: "mia" });
    expect(driver.meeting.speaker).toBeNull();
    expect(driver.state.value).toMatchObject({ floor: "free" });
    expect(driver.send("mia", { type: "floor.take" })).toBe(false);
    expect(driver.send("mia", { type: "hand.raise" })).toBe(true);
    driver.send("carl", { type: "member.unmute", user: "mia" });
    expect(driver.send("mia", { type: "floor.take" })).toBe(true);
  });

  test("[floor] one screen at a time; its owner or a moderator stops it", () => {
    const driver = liveMeeting();
    expect(driver.send("mia", { type: "screen.share" })).toBe(true);
    expect(driver.send("max", { type: "screen.share" })).toBe(false);
    expect(driver.send("max", { type: "screen.stop", user: "mia" })).toBe(false);
    expect(driver.send("carl", { type: "screen.stop", user: "mia" })).toBe(true);
    expect(driver.meeting.screen).toBeNull();
  });
});

describe("the agenda", () => {
  test("[agenda] an item runs to its deadline, then over time, until it is finished", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "agenda.add", title: "Budget", minutes: 2 });
    const item = `c-${driver.at}`;
    driver.send("carl", { type: "agenda.start", item });
    expect(driver.meeting.running).toEqual({ item, endsAt: driver.at + 120_000 });
    expect([...driver.timers]).toEqual([[timeIsUp.type, driver.at + 120_000]]);
    expect(driver.room(timeIsUp)).toBe(true);
    expect(driver.state.value).toMatchObject({ agenda: "overtime" });
    expect(driver.meeting.overtime).toBe(true);
    expect(driver.cues).toEqual([{ type: "itemOvertime", item }]);
    expect(driver.send("carl", { type: "agenda.finish" })).toBe(true);
    expect(driver.meeting).toMatchObject({ running: null, overtime: false, agenda: [{ id: item, state: "done" }] });
  });

  test("[agenda] finishing in time cancels the deadline", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "agenda.add", title: "Budget", minutes: 2 });
    driver.send("carl", { type: "agenda.start", item: `c-${driver.at}` });
    driver.send("carl", { type: "agenda.finish" });
    expect(driver.timers.size).toBe(0);
    expect(driver.room(timeIsUp)).toBe(false);
  });

  test("[agenda] the end of the meeting finishes the running item and cancels its deadline", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "agenda.add", title: "Budget", minutes: 2 });
    driver.send("carl", { type: "agenda.start", item: `c-${driver.at}` });
    driver.send("hana", { type: "meeting.end" });
    expect(driver.timers.size).toBe(0);
    expect(driver.meeting).toMatchObject({ running: null, agenda: [{ state: "done" }] });
    expect(driver.state.value).toMatchObject({ agenda: "idle" });
  });

  test("[agenda] as an actor on a clock, overtime comes at the deadline and not a millisecond sooner", () => {
    const clock = new SimulatedClock();
    const driver = liveMeeting();
    const actor = createActor(meeting, { input: { id: "weekly", at: 0 }, clock });
    actor.subscribe({ error: (error) => expect.unreachable(String(error)) });
    actor.start();
    driver.send("carl", { type: "agenda.add", title: "Budget", minutes: 3 });
    driver.send("carl", { type: "agenda.start", item: `c-${driver.at}` });
    for (const event of driver.events) actor.send(event);
    clock.increment(3 * 60_000 - 1);
    expect(actor.getSnapshot().value).toMatchObject({ agenda: "running" });
    clock.increment(1);
    expect(actor.getSnapshot().value).toMatchObject({ agenda: "overtime" });
    actor.stop();
  });
});
