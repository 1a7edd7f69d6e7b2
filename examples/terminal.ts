/**
 * `bun run join [room] --name Ada [--url ws://127.0.0.1:3000] [--storage folder]`: a meeting in a terminal, or in a pipe.
 * What is typed while the server is away is kept, also over the end of this program, and goes out later. A composition root.
 */
import { createHash } from "node:crypto";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileStorage } from "../src/client/file.ts";
import { createRoom } from "../src/client/index.ts";
import { meeting } from "../src/meeting/room.ts";
import { isId } from "../src/protocol/names.ts";
import { help, type MeetingCommand, slashNames, understand } from "./terminal/commands.ts";
import { follow, isAway } from "./terminal/feed.ts";
import { howThingsStand, whoIsHere } from "./terminal/overview.ts";
import { type Line, sayRefused, type Tone } from "./terminal/say.ts";
import { Screen } from "./terminal/screen.ts";

const { id, name, url, folder } = asked();
const room = createRoom(meeting, { url, id, token: name, storage: fileStorage(folder) });
const colours = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
const screen = new Screen({ input: process.stdin, output: process.stdout, colours, words: slashNames });
let isLeaving = false;

follow(room, screen);
// Only a person can help there, and that begins with reading why.
room.subscribe(() => {
  const { status, reason = "the server did not say why." } = room.connection;
  if (status !== "refused" && status !== "signedOut" && status !== "stuck") return;
  say(`${status === "stuck" ? "Out of step" : "Not let in"}: ${reason}`, "bad");
  void leave(1);
});
screen.listen({
  line: obey,
  // A script's commands get their fates, however long the server is away; a person's Ctrl-D waits for nobody who is not there.
  ended: () => void (screen.isTerminal ? settleAndLeave() : room.whenSynced().then(() => leave(), leftAlready)),
  interrupted: () => void leave(),
});
// A script's lines are about the room as it is, not about the empty one before the first connection.
if (!screen.isTerminal) screen.hold(firstState());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void leave());

function firstState(): Promise<void> {
  return new Promise((resolve) => {
    room.subscribe(() => room.rev >= 0 && resolve());
  });
}

function obey(line: string): void {
  if (isLeaving) return;
  const wish = understand(line, { state: room.state, user: room.me?.user });
  switch (wish.do) {
    case "nothing":
      return;
    case "say":
      return say(wish.text);
    case "help":
      return print(help().map(([usage, what]) => ({ text: `${usage.padEnd(24)}  ${what}`, tone: "quiet" })));
    case "who":
      return print(whoIsHere(room.state));
    case "status":
      print(howThingsStand(room.state));
      return say(`Connection: ${room.connection.status}, rev ${room.rev}, ${room.pending.length} pending.`);
    case "explain":
      return say(`${wish.command.type}: ${explained(wish.command)}`);
    case "send":
      return send(wish.command);
    case "quit":
      return void settleAndLeave();
  }
}

function send(command: MeetingCommand): void {
  const sent = room.send(command);
  if (isAway(room) && room.pending.length > 0)
    say(`${command.type === "chat.send" ? `“${command.text}”` : command.type} waits for the server: ${room.pending.length} pending.`);
  // What the room itself refuses has a rev, and the feed tells it.
  void sent.settled.then((outcome) => {
    if (!outcome.ok && outcome.rev === undefined && outcome.code !== "closed") print([sayRefused(command, outcome.reason)]);
  });
}

function explained(command: MeetingCommand): string {
  const verdict = room.explain(command);
  if (verdict.verdict === "allowed") return "Allowed.";
  if (verdict.verdict === "unknown") return "Only the server can tell.";
  return `${verdict.reason} (${verdict.code === "guard" ? verdict.guard : verdict.code})`;
}

/** While the server is there, everything typed gets its fate first. */
async function settleAndLeave(): Promise<void> {
  const away = new Promise<void>((resolve) => {
    const check = () => isAway(room) && resolve();
    room.subscribe(check);
    check();
  });
  await Promise.race([room.whenSynced().catch(leftAlready), away]);
  await leave();
}

async function leave(code = 0): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  const waiting = room.pending.length;
  screen.close();
  await room.leave();
  say(waiting === 0 ? "Left." : `Left. ${waiting} pending: kept in ${folder} for the next time.`);
  process.exit(code);
}

/** `whenSynced` fails only where the room was closed here. */
const leftAlready = (): void => undefined;

function print(lines: readonly Line[]): void {
  screen.print(lines);
}
function say(text: string, tone: Tone = "quiet"): void {
  print([{ text, tone }]);
}

function asked(): { readonly id: string; readonly name: string; readonly url: string; readonly folder: string } {
  try {
    const { values, positionals } = parseArgs({
      options: { name: { type: "string" }, url: { type: "string", default: "ws://127.0.0.1:3000" }, storage: { type: "string" } },
      allowPositionals: true,
    });
    const [id = "weekly", ...others] = positionals;
    if (!isId(id) || others.length > 0) throw new TypeError("a room's id is 1 to 64 letters, digits, '.', '_' or '-'");
    if (!URL.canParse(values.url)) throw new TypeError(`'${values.url}' is no address`);
    const name = values.name ?? userInfo().username;
    const base = values.storage ?? join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "quorate");
    // A folder per name: what Ada left pending must not go out as Ben's.
    const folder = join(base, createHash("sha256").update(name).digest("hex").slice(0, 16));
    return { id, name, url: values.url, folder };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\nbun run join [room] [--name Ada] [--url ws://127.0.0.1:3000] [--storage folder]`);
    process.exit(2);
  }
}
