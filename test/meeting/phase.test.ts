import { describe, expect, test } from "bun:test";
import { chatMessagesMax, rememberedRolesMax, removedUsersMax } from "../../machines/meeting.ts";
import { Driver, liveMeeting } from "./driver.ts";

describe("joining and leaving", () => {
  test("[sessions] a person with several sessions leaves with the last one, and takes hand, floor and screen along", () => {
    const driver = liveMeeting();
    driver.join("mia", "member", "Mia");
    driver.send("mia", { type: "floor.take" });
    driver.send("mia", { type: "hand.raise" });
    driver.send("mia", { type: "screen.share" });
    expect(driver.room({ type: "participant.left", user: "mia" })).toBe(true);
    expect(driver.meeting).toMatchObject({ speaker: "mia", screen: "mia", hands: ["mia"] });
    expect(driver.meeting.participants["mia"]?.sessions).toBe(1);
    driver.room({ type: "participant.left", user: "mia" });
    expect(driver.meeting).toMatchObject({ speaker: null, screen: null, hands: [] });
    expect(Object.keys(driver.meeting.participants)).toEqual(["hana", "carl", "max", "olga"]);
    expect(driver.room({ type: "participant.left", user: "mia" })).toBe(false);
  });

  test("[roles] a role given in the meeting holds when the person comes back, whatever auth says", () => {
    const driver = liveMeeting();
    driver.send("hana", { type: "member.promote", user: "mia", role: "cohost" });
    driver.send("hana", { type: "member.demote", user: "carl", role: "observer" });
    for (const user of ["mia", "carl"]) driver.room({ type: "participant.left", user });
    driver.join("mia", "member");
    driver.join("carl", "cohost");
    expect(driver.meeting.participants).toMatchObject({ mia: { role: "cohost" }, carl: { role: "observer" } });
  });

  test("[roles] a second session changes the name, never the role", () => {
    const driver = liveMeeting();
    driver.join("mia", "host", "Mia B.");
    expect(driver.meeting.participants["mia"]).toMatchObject({ name: "Mia B.", role: "member", sessions: 2 });
  });

  test("[admission] a locked meeting lets in hosts, cohosts and who is here already, and nobody else", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "meeting.lock", locked: true });
    expect(driver.join("nora", "member")).toBe(false);
    expect(driver.join("mia", "member")).toBe(true);
    expect(driver.join("cleo", "cohost")).toBe(true);
    driver.send("carl", { type: "meeting.lock", locked: false });
    expect(driver.join("nora", "member")).toBe(true);
  });

  test("[admission] somebody removed is out at once and stays out until readmitted", () => {
    const driver = liveMeeting();
    driver.send("mia", { type: "floor.take" });
    expect(driver.send("carl", { type: "member.remove", user: "mia" })).toBe(true);
    expect(driver.meeting).toMatchObject({ speaker: null, removed: [{ user: "mia", name: "Mia" }] });
    expect(driver.join("mia", "host")).toBe(false);
    expect(driver.send("mia", { type: "chat.send", text: "still here?" })).toBe(false);
    driver.send("hana", { type: "member.readmit", user: "mia" });
    expect(driver.join("mia", "member")).toBe(true);
  });

  test("[admission] a removed moderator cannot readmit himself with a command that is still on its way", () => {
    const driver = liveMeeting();
    const late = { ...driver.stamped("carl", { type: "member.readmit", user: "carl" }) };
    driver.send("hana", { type: "member.remove", user: "carl" });
    expect(late.by.role).toBe("cohost");
    expect(driver.take(late)).toBe(false);
  });

  test("[admission] an ended meeting may be joined and read, but no longer changed", () => {
    const driver = liveMeeting();
    driver.send("hana", { type: "meeting.end" });
    expect(driver.join("nora", "observer")).toBe(true);
    expect(driver.send("hana", { type: "chat.send", text: "late" })).toBe(false);
    expect(driver.send("hana", { type: "meeting.start" })).toBe(false);
    expect(driver.send("hana", { type: "agenda.add", title: "late", minutes: 1 })).toBe(false);
  });

  test("[identity] user ids are data: names of built-in properties work like any other", () => {
    const driver = new Driver();
    for (const user of ["constructor", "__proto__", "toString"]) {
      expect(driver.send(user, { type: "status.set", status: "away" })).toBe(false);
      expect(driver.join(user, "host")).toBe(true);
      expect(driver.send(user, { type: "status.set", status: "away" })).toBe(true);
    }
    expect(Object.keys(driver.meeting.participants)).toEqual(["constructor", "__proto__", "toString"]);
    driver.room({ type: "participant.left", user: "__proto__" });
    expect(Object.keys(driver.meeting.participants)).toEqual(["constructor", "toString"]);
  });

  test("[status] the room says away and back; people say so of themselves", () => {
    const driver = liveMeeting();
    expect(driver.room({ type: "participant.away", user: "mia" })).toBe(true);
    expect(driver.room({ type: "participant.away", user: "mia" })).toBe(false);
    expect(driver.room({ type: "participant.back", user: "mia" })).toBe(true);
    expect(driver.send("olga", { type: "status.set", status: "away" })).toBe(true);
    expect(driver.meeting.participants["olga"]?.status).toBe("away");
  });
});

describe("roles", () => {
  test("[roles] a cohost cannot touch a host, nor make one", () => {
    const driver = liveMeeting();
    driver.send("hana", { type: "member.promote", user: "mia", role: "host" });
    for (const type of ["member.mute", "member.remove"] as const) expect(driver.send("carl", { type, user: "mia" })).toBe(false);
    expect(driver.send("carl", { type: "member.demote", user: "mia", role: "observer" })).toBe(false);
    expect(driver.send("carl", { type: "member.promote", user: "max", role: "host" })).toBe(false);
    expect(driver.send("carl", { type: "member.promote", user: "max", role: "cohost" })).toBe(true);
    expect(driver.send("hana", { type: "member.demote", user: "mia", role: "member" })).toBe(true);
  });

  test("[roles] nobody demotes or removes the last host, not even the host", () => {
    const driver = liveMeeting();
    expect(driver.send("hana", { type: "member.demote", user: "hana", role: "member" })).toBe(false);
    expect(driver.send("hana", { type: "member.remove", user: "hana" })).toBe(false);
    driver.send("hana", { type: "member.promote", user: "mia", role: "host" });
    expect(driver.send("hana", { type: "member.demote", user: "hana", role: "member" })).toBe(true);
  });

  test("[roles] who becomes an observer gives up hand, floor and screen", () => {
    const driver = liveMeeting();
    for (const type of ["floor.take", "hand.raise", "screen.share"] as const) driver.send("mia", { type });
    driver.send("hana", { type: "member.demote", user: "mia", role: "observer" });
    expect(driver.meeting).toMatchObject({ hands: [], speaker: null, screen: null });
    expect(driver.state.value).toMatchObject({ floor: "free" });
  });
});

describe("chat, polls, reactions", () => {
  test("[L11] the chat keeps the newest messages only", () => {
    const driver = liveMeeting();
    for (let n = 0; n < chatMessagesMax + 5; n += 1) driver.send("mia", { type: "chat.send", text: `${n}` });
    expect(driver.meeting.chat).toHaveLength(chatMessagesMax);
    expect(driver.meeting.chat[0]?.text).toBe("5");
    expect(driver.meeting.chat.at(-1)).toEqual({
      id: `c-${driver.at}`,
      user: "mia",
      name: "Mia",
      at: driver.at,
      text: `${chatMessagesMax + 4}`,
    });
  });

  test("[L11] removed users and remembered roles are bounded: the oldest is forgotten", () => {
    const driver = liveMeeting();
    for (let n = 0; n <= Math.max(removedUsersMax, rememberedRolesMax); n += 1) {
      driver.join(`u${n}`, "member");
      driver.send("hana", { type: "member.promote", user: `u${n}`, role: "cohost" });
      driver.send("hana", { type: "member.remove", user: `u${n}` });
    }
    expect(driver.meeting.removed).toHaveLength(removedUsersMax);
    expect(driver.meeting.roles).toHaveLength(rememberedRolesMax);
    expect(driver.meeting.removed[0]?.user).toBe("u1");
  });

  test("[polls] members vote once, may change their mind, and see the poll close with the meeting", () => {
    const driver = liveMeeting();
    driver.send("carl", { type: "poll.open", question: "Lunch?", options: ["soup", "rice"] });
    const poll = `c-${driver.at}`;
    expect(driver.send("mia", { type: "poll.vote", poll, option: 0 })).toBe(true);
    expect(driver.send("mia", { type: "poll.vote", poll, option: 0 })).toBe(false);
    expect(driver.send("mia", { type: "poll.vote", poll, option: 1 })).toBe(true);
    expect(driver.send("olga", { type: "poll.vote", poll, option: 1 })).toBe(false);
    driver.send("hana", { type: "meeting.end" });
    expect(driver.meeting.polls).toEqual([{ id: poll, question: "Lunch?", options: ["soup", "rice"], votes: { mia: 1 }, open: false }]);
  });

  test("[cues] a reaction is told and leaves no trace in the state", () => {
    const driver = liveMeeting();
    const before = driver.state;
    expect(driver.send("mia", { type: "react", emoji: "👍" })).toBe(true);
    expect(driver.state).toBe(before);
    expect(driver.cues).toEqual([{ type: "reaction", user: "mia", emoji: "👍" }]);
    expect(driver.send("olga", { type: "react", emoji: "👍" })).toBe(false);
  });
});
