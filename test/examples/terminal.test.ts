import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRoom } from "../../src/client/index.ts";
import { meeting } from "../../src/meeting/room.ts";
import { ChildServer } from "../support/child-server.ts";
import { eventually } from "../support/eventually.ts";
import { testServer } from "../support/server.ts";
import { Program } from "./program.ts";

/** Somebody else in the meeting, and what they are told. */
async function somebody(name: string, url: string, id = "weekly") {
  const room = createRoom(meeting, { url, id, token: name });
  const ops: { type: string; name: string }[] = [];
  room.on("op", ({ event, by }) => ops.push({ type: event.type, name: by.name }));
  await room.whenSynced();
  return {
    room,
    until: (type: string, by: string) => eventually(() => ops.some((op) => op.type === type && op.name === by), `${type} by ${by}`),
    [Symbol.asyncDispose]: () => room.leave(),
  };
}
const base = (url: string) => new URL(url).origin;

test("[terminal] a line is said to everyone, others are heard, and the end of the input leaves once all has its fate", async () => {
  await using server = await testServer();
  await using host = await somebody("Host", base(server.url()));
  await using ada = await Program.join("weekly", "Ada", base(server.url()));
  host.room.send({ type: "chat.send", text: "Welcome, Ada" });
  await ada.until("Host: Welcome, Ada");
  ada.type("hello everyone", "and one more");
  expect(await ada.end()).toBe(0);
  expect(host.room.state.context.meeting.chat.map(({ name, text }) => `${name}: ${text}`)).toEqual([
    "Host: Welcome, Ada",
    "Ada: hello everyone",
    "Ada: and one more",
  ]);
  await host.until("participant.left", "Ada"); // said goodbye: the grace for a lost connection is 15 s
  expect(ada.lines.at(-1)?.trim()).toBe("Left.");
});

test("[terminal] what people do is told: the phase, hands, the floor, polls by number, the agenda, reactions", async () => {
  await using server = await testServer();
  await using ada = await Program.join("weekly", "Ada", base(server.url()));
  await using host = await Program.join("weekly", "Host", base(server.url()));
  host.type("/start", "/poll Lunch? | Pizza | Soup", "/agenda Where we stand 5");
  await ada.until("put “Where we stand” on the agenda, 5 min");
  ada.type("/hand");
  await ada.until("Ada raised a hand");
  ada.type("/hand", "/vote 2", "/floor", "/who", "/yield", "/react 👍");
  await ada.until("Ada yielded the floor");
  await host.until("Ada 👍");
  const told = host.lines.map((line) => line.slice(6));
  expect(told.slice(told.indexOf("Host started the meeting"))).toEqual([
    "Host started the meeting",
    "Host asks: Lunch?",
    "  1  Pizza",
    "  2  Soup",
    "Host put “Where we stand” on the agenda, 5 min",
    "Ada raised a hand",
    "Ada lowered the hand",
    "Ada voted for 2 (Soup)",
    "Ada has the floor",
    "Ada yielded the floor",
    "Ada 👍",
  ]);
  expect(ada.output).toContain("Ada (member, has the floor)");
});

test("[L10] /why tells a member what a start needs, and a start that is tried is refused with the same reason", async () => {
  await using server = await testServer();
  await using ada = await Program.join("weekly", "Ada", base(server.url()));
  ada.type("/why start", "/why hand.raise", "/why chat.send {}", '/why chat.send {"text": "hi"}', "/why vote", "/start");
  await ada.until("✗ meeting.start: Only a host may do this.");
  expect(ada.lines.slice(-6).map((line) => line.trim())).toEqual([
    "meeting.start: Only a host may do this. (isHost)",
    "hand.raise: The meeting has not started yet. (isLive)",
    expect.stringMatching(/^chat\.send: .*'text'.* \(payload\)$/),
    "chat.send: Allowed.",
    "No poll is open.",
    "✗ meeting.start: Only a host may do this.",
  ]);
});

test("[terminal] /why names the states that would accept a command", async () => {
  await using server = await testServer();
  await using host = await Program.join("weekly", "Host", base(server.url()));
  host.type("/start", "/why start");
  await host.until("meeting.start: Possible in phase.lobby.");
});

test("[terminal] escape sequences and line breaks of others never reach the terminal", async () => {
  await using server = await testServer();
  await using host = await somebody("Host", base(server.url()));
  await using ada = await Program.join("weekly", "Ada", base(server.url()));
  const wicked = "\x1b]0;owned\x07\x1b[2J\x9b31mred \x1b[\x1b[1mnested\r\n12:00 Host: forged\u202e\x08";
  host.room.send({ type: "chat.send", text: wicked });
  host.room.send({ type: "meeting.start" });
  host.room.send({ type: "poll.open", question: `Who? ${wicked}`, options: ["a", wicked.slice(0, 90)] });
  await ada.until("  2  ");
  await ada.end();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(ada.output.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/g)).toBeNull();
  expect(ada.lines.some((line) => line.endsWith("Host: red nested ↵ 12:00 Host: forged��"))).toBe(true);
});

test("[L2] a line typed while the server is away is sent when it is back, once", async () => {
  await using server = await ChildServer.make("test/crash/quorate.config.ts");
  await server.start();
  const url = base(server.url(""));
  await using ada = await Program.join("weekly", "Ada", url);
  ada.type("before");
  await ada.until("Ada: before");
  await server.kill();
  await ada.until("Offline with 0 pending");
  ada.type("typed meanwhile", "/why start");
  await ada.until("“typed meanwhile” waits for the server: 1 pending.");
  await ada.until("meeting.start: Only a host may do this.");
  await server.start();
  await ada.until("Live again.");
  await ada.until("Ada: typed meanwhile");
  expect(await ada.end()).toBe(0);
  await using host = await somebody("Host", url);
  expect(host.room.state.context.meeting.chat.map(({ text }) => text)).toEqual(["before", "typed meanwhile"]);
  expect(ada.output.split("Ada: typed meanwhile")).toHaveLength(2);
});

test("[L2] what was typed while the server was away outlives the program: the next one with that name sends it, once, and nobody else", async () => {
  await using server = await ChildServer.make("test/crash/quorate.config.ts");
  await server.start();
  const url = base(server.url(""));
  const as = (name: string) => ["weekly", "--name", name, "--url", url];
  await using first = await Program.join("weekly", "Ada", url);
  await server.kill();
  await first.until("Offline with 0 pending");
  first.type("typed meanwhile");
  await first.until("1 pending.");
  first.interrupt();
  expect(await first.exited).toBe(0);
  expect(first.output).toContain("Left. 1 pending: kept in ");
  await server.start();
  await using ben = Program.again(first.folder, ...as("Ben"));
  await ben.until("In weekly as Ben");
  await using second = Program.again(first.folder, ...as("Ada"));
  await ben.until("Ada: typed meanwhile");
  expect(await second.end()).toBe(0);
  await using third = Program.again(first.folder, ...as("Ada"));
  await third.until("In weekly as Ada");
  ben.type("that is all");
  await ben.until("Ben: that is all");
  expect(ben.output.match(/\w+: t\w+ .*/g)).toEqual(["Ada: typed meanwhile", "Ben: that is all"]);
});

test("[terminal] an interrupt leaves at once", async () => {
  await using server = await testServer();
  await using host = await somebody("Host", base(server.url()));
  await using ada = await Program.join("weekly", "Ada", base(server.url()));
  ada.interrupt();
  expect(await ada.exited).toBe(0);
  await host.until("participant.left", "Ada");
});

test("[terminal] who is not let in reads why, and the exit code says so", async () => {
  await using server = await testServer();
  await using host = await somebody("Host", base(server.url()));
  await host.room.send({ type: "meeting.lock", locked: true }).settled;
  await using ada = await Program.run("weekly", "--name", "Ada", "--url", base(server.url()));
  await ada.until("Not let in: The meeting is locked; nobody new may come in.");
  expect(await ada.exited).toBe(1);
});

test("[terminal] in a real terminal there are colours and a prompt, and what is typed comes back once; NO_COLOR is heeded", async () => {
  await using server = await testServer();
  for (const [noColor, chat] of [
    ["", "\x1b[1mAda:\x1b[0m hello\r\n"],
    ["1", " Ada: hello\r\n"],
  ] as const) {
    const folder = await mkdtemp(join(tmpdir(), "quorate-terminal-"));
    const decoder = new TextDecoder();
    let shown = "";
    const child = Bun.spawn(
      [process.execPath, "examples/terminal.ts", `room${noColor}`, "--name", "Ada", "--url", base(server.url()), "--storage", folder],
      {
        env: { ...process.env, TERM: "xterm", NO_COLOR: noColor },
        terminal: {
          cols: 80,
          rows: 24,
          data(_, bytes) {
            shown += decoder.decode(bytes, { stream: true });
          },
        },
      },
    );
    await eventually(() => /\/help says what can be done\.[\s\S]*› /.test(shown), "the room and the prompt");
    child.terminal?.write("hello\r");
    await eventually(() => shown.includes(chat), "the chat line");
    expect(shown.split("Ada:")).toHaveLength(2);
    child.terminal?.write("\x03");
    expect(await child.exited).toBe(0);
    expect(shown).toContain("Left.");
    await rm(folder, { recursive: true });
  }
});
