/** What a typed line means: a command of the meeting, or something that this program does itself. From: terminal.ts, line by line. Pure. */
import { meetingCommands } from "../../src/meeting/commands.ts";
import type { meeting } from "../../src/meeting/room.ts";
import type { CommandOf, SnapshotOf } from "../../src/room/define-room.ts";

export type MeetingRoomType = typeof meeting;
export type MeetingState = SnapshotOf<MeetingRoomType>;
export type MeetingCommand = CommandOf<MeetingRoomType>;

/** What a line may refer to: the state as this person sees it, and who that is; `user` is undefined before the first connection. */
export interface Seen {
  readonly state: MeetingState;
  readonly user: string | undefined;
}

export type Wish =
  | { readonly do: "nothing" | "help" | "who" | "status" | "quit" }
  | { readonly do: "send" | "explain"; readonly command: MeetingCommand }
  /** The line is wrong; the text says how it is right. */
  | { readonly do: "say"; readonly text: string };

/** Any line is understood, if only as a mistake. A text that begins with a slash is sent with two. */
export function understand(line: string, seen: Seen): Wish {
  const text = line.trim();
  if (text === "") return { do: "nothing" };
  if (!text.startsWith("/") || text.startsWith("//"))
    return { do: "send", command: { type: "chat.send", text: text.startsWith("//") ? text.slice(1) : text } };
  const [name, rest] = split(text.slice(1));
  if (name === "why") return why(rest, seen);
  if (isLocal(name)) return { do: name };
  const slash = slashOf(name);
  if (slash === undefined) return unknown(name);
  return wish("send", slash.command(rest, seen));
}

/** Usage and meaning, for `/help`. */
export const help = (): readonly (readonly [usage: string, what: string])[] => [
  ["any text", "say it to everyone"],
  ...Object.values(slashes).map(({ usage, what }) => [usage, what] as const),
  ["/why start", "may I, and if not, why not? Any command here, or a type such as hand.raise"],
  ["/who", "who is here"],
  ["/status", "how things stand"],
  ["/quit", "leave"],
];

interface Slash {
  readonly usage: string;
  readonly what: string;
  /** What `/why` asks about when nothing follows the name. */
  readonly sample?: string;
  /** The command, or what is wrong with the line. */
  command(rest: string, seen: Seen): MeetingCommand | string;
}

const slashes = {
  hand: {
    usage: "/hand",
    what: "raise or lower your hand",
    command: (_, { state, user }) => ({
      type: user !== undefined && state.context.meeting.hands.includes(user) ? "hand.lower" : "hand.raise",
    }),
  },
  floor: { usage: "/floor", what: "take the floor", command: () => ({ type: "floor.take" }) },
  yield: { usage: "/yield", what: "give it back", command: () => ({ type: "floor.yield" }) },
  vote: {
    usage: "/vote 2",
    what: "vote in the newest open poll",
    sample: "1",
    command(rest, { state }) {
      const poll = newestPoll(state);
      if (poll === undefined) return "No poll is open.";
      const option = whole(rest);
      if (option === undefined || poll.options[option - 1] === undefined)
        return `Options of “${poll.question}”: ${poll.options.map((text, i) => `${i + 1} ${text}`).join(", ")}.`;
      return { type: "poll.vote", poll: poll.id, option: option - 1 };
    },
  },
  poll: {
    usage: "/poll Question | A | B",
    what: "ask everyone",
    sample: "Question | A | B",
    command(rest) {
      const [question = "", ...options] = rest.split("|").map((part) => part.trim());
      return question === "" || options.length < 2 || options.includes("")
        ? "A question and two options at least: /poll Question | A | B"
        : { type: "poll.open", question, options };
    },
  },
  agenda: {
    usage: "/agenda Title 5",
    what: "put something on the agenda, with its minutes",
    sample: "Title 5",
    command(rest) {
      const [, title, minutes] = /^(.*\S)\s+(\d+)$/.exec(rest) ?? [];
      return title === undefined ? "A title and its minutes: /agenda Title 5" : { type: "agenda.add", title, minutes: Number(minutes) };
    },
  },
  start: { usage: "/start", what: "start the meeting", command: () => ({ type: "meeting.start" }) },
  end: { usage: "/end", what: "end it for everyone", command: () => ({ type: "meeting.end" }) },
  record: {
    usage: "/record",
    what: "start or stop the recording",
    command: (_, { state }) => ({ type: state.matches({ recording: "on" }) ? "recording.stop" : "recording.start" }),
  },
  react: {
    usage: "/react 👍",
    what: "react with an emoji",
    sample: "👍",
    command: (rest) => (rest === "" ? "An emoji: /react 👍" : { type: "react", emoji: rest }),
  },
} satisfies Record<string, Slash>;

const locals = ["help", "who", "status", "quit"] as const;
const isLocal = (name: string): name is (typeof locals)[number] => locals.some((local) => local === name);
const slashOf = (name: string): Slash | undefined => (Object.hasOwn(slashes, name) ? slashes[name as keyof typeof slashes] : undefined);

export const slashNames: readonly string[] = [...Object.keys(slashes), "why", ...locals].map((name) => `/${name}`);

/** A slash command with or without what follows it, or a type with its fields as JSON. */
function why(rest: string, seen: Seen): Wish {
  const [given, fields] = split(rest);
  const name = given.replace(/^\//, "");
  const slash = slashOf(name);
  if (slash !== undefined) return wish("explain", slash.command(fields === "" ? (slash.sample ?? "") : fields, seen));
  if (!Object.hasOwn(meetingCommands, name)) return name === "" ? say("Why what? For example: /why start") : unknown(name);
  if (fields === "") return wish("explain", { type: name } as MeetingCommand);
  try {
    const parsed: unknown = JSON.parse(fields);
    // The room checks the fields by its schemas, and says what is wrong with them.
    if (typeof parsed === "object" && parsed !== null) return wish("explain", { ...parsed, type: name } as MeetingCommand);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return say(`Its fields as JSON: /why ${name} {"field": "value"}`);
}

const wish = (action: "send" | "explain", command: MeetingCommand | string): Wish =>
  typeof command === "string" ? say(command) : { do: action, command };
const say = (text: string): Wish => ({ do: "say", text });
const unknown = (name: string): Wish => say(`There is no command '${name}'. /help lists them; a text that begins with a slash takes two.`);

/** The first word, and what follows it. */
function split(text: string): [first: string, rest: string] {
  const [, first = "", rest = ""] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return [first, rest.trim()];
}

const whole = (text: string): number | undefined => (/^\d{1,3}$/.test(text) ? Number(text) : undefined);
export const newestPoll = ({ context }: MeetingState) => context.meeting.polls.findLast(({ open }) => open);
