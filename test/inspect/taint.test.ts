/** Nothing leaves by the stream but what allow-lists name: secrets are planted wherever there are some, and each frame is searched. */
import { expect, test } from "bun:test";
import * as v from "valibot";
import { assign, fromPromise, setup } from "xstate";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { CommandEvent, SystemEvent } from "../../src/room/commands.ts";
import { defineRoom } from "../../src/room/define-room.ts";
import { serve } from "../../src/room/serve.ts";
import { TestClient } from "../support/client.ts";
import { testServer } from "../support/server.ts";
import { address, PageWatcher, token } from "./watcher.ts";

const taint = (where: string): string => `taint-${where}-9f3b`;

const commands = { note: { text: v.string() }, ask: { text: v.string() }, work: { text: v.string() } };
const machine = setup({
  types: {} as {
    context: { notes: readonly string[]; secret: string; result: unknown };
    events: CommandEvent<typeof commands> | SystemEvent;
    input: { id: string; at: number };
  },
  actors: { worker: fromPromise<{ text: string }, { text: string }>(() => Promise.reject(new Error(taint("no service")))) },
  guards: { never: (_, params: { about: string }) => params.about === "" },
  actions: { shout: (_, params: { loud: string }) => params.loud.length },
}).createMachine({
  id: "vault",
  context: { notes: [], secret: taint("context"), result: null },
  initial: "open",
  meta: { kept: taint("meta") },
  on: {
    note: {
      actions: [
        assign({ notes: ({ context, event }) => [...context.notes, event.text] }),
        { type: "shout", params: { loud: taint("action params") } },
      ],
    },
    ask: { guard: { type: "never", params: { about: taint("guard params") } }, actions: assign({ result: 1 }) },
  },
  states: {
    open: { on: { work: { target: "working" } } },
    working: {
      invoke: {
        id: "worker",
        src: "worker",
        input: { text: taint("service input") },
        onDone: { target: "open", actions: assign({ result: ({ event }) => event.output }) },
        onError: { target: "open", actions: assign({ result: ({ event }) => String(event.error) }) },
      },
    },
  },
});

const vault = defineRoom({
  type: "vault",
  version: 1,
  machine,
  commands,
  reasons: { never: ({ event }) => `Not '${"text" in event ? event.text : ""}'.` },
  presence: { doing: v.string() },
  inspect: ({ context }) => ({ notes: context.notes.length }),
});

const served = serve(vault, {
  services: { worker: fromPromise<{ text: string }, { text: string }>(async () => ({ text: taint("service output") })) },
});

test("context, payloads, params, services' input and output, sign-in, resume secret, presence, reasons that quote: none is in any frame", async () => {
  await using it = await testServer({
    rooms: [served],
    inspector: { admin: { port: 0, token } },
    auth: { authenticate: () => ({ user: "ada", name: "Ada" }), authorize: () => "member" },
  });
  const watcher = new PageWatcher(it.server);
  const stately: string[] = [];
  const receiver = new WebSocket(address(it.server, `/stately?token=${token}`).replace("http", "ws"));
  receiver.onmessage = ({ data }) => stately.push(String(data));
  await new Promise((resolve) => {
    receiver.onopen = resolve;
  });
  const client = await TestClient.join(vault, it.url("vault/v"), {
    client: "a",
    token: taint("sign-in"),
    presence: { doing: taint("presence") },
  });
  await client.do({ type: "note", text: taint("payload") });
  await client.do({ type: "work", text: taint("payload of what starts a service") });
  await client.until(() => JSON.stringify(client.context).includes("service output"), "the service's result");
  await client.do({ type: "ask", text: taint("refused payload") });
  await client.do({ type: taint("unknown type"), text: "" });
  await client.do({ type: "note", text: 7, other: taint("wrong payload") });
  // Too big to be looked at: what it calls itself is the client's own text, too.
  await client.do({ type: taint("type of what is too big"), text: "x".repeat(defaultLimits.commandBytesMax) });
  await client.do({ type: "note", text: "x".repeat(defaultLimits.commandBytesMax) });
  const refused = () => watcher.messages.filter((message) => message.type === "quorate.refused");
  await watcher.until(() => refused().length === 5);
  expect(refused().map(({ event, code }) => [event, code])).toEqual([
    ["ask", "guard"],
    ["(unknown)", "command"],
    ["note", "payload"],
    ["(unknown)", "payload"],
    ["note", "payload"],
  ]);
  const later = new PageWatcher(it.server);
  await later.until(() => later.messages.some(({ type }) => type === "quorate.room"));
  const resume = client.welcome?.resume ?? "";
  expect(resume).not.toBe("");
  const frames = [...watcher.frames, ...later.frames, ...stately];
  // The canary: they did see what happened.
  expect(frames.filter((frame) => frame.includes("note")).length).toBeGreaterThan(2);
  expect(stately.length).toBeGreaterThan(5);
  expect(watcher.messages.some((message) => message.type === "@xstate.snapshot" && message.snapshot.context["notes"] === 1)).toBe(true);
  for (const frame of frames) {
    expect(frame).not.toContain("9f3b");
    expect(frame).not.toContain(resume);
    expect(frame).not.toContain(token);
  }
  for (const one of [client, watcher, later, receiver]) one.close();
});

test("a room type whose `inspect` throws loses its place in the inspector, and nothing else", async () => {
  const clumsy = defineRoom({
    type: "clumsy",
    version: 1,
    machine,
    commands,
    reasons: { never: "No." },
    inspect: ({ context }) => {
      if (context.notes.length === 1) throw new Error("clumsy");
      return {};
    },
  });
  await using it = await testServer({ rooms: [clumsy], inspector: { admin: { port: 0, token } } });
  const client = await TestClient.join(clumsy, it.url("clumsy/c"), { client: "a", token: "Ada" });
  for (const text of ["one", "two", "three"]) expect(await client.do({ type: "note", text })).toMatchObject({ ok: true });
  expect(it.alarms).toHaveLength(1);
  expect(it.alarms[0]).toMatchObject({ code: "server", message: "failed on the inspector", error: new Error("clumsy") });
  const watcher = new PageWatcher(it.server);
  await watcher.until(() => watcher.messages.some(({ type }) => type === "quorate.room"));
  expect(watcher.messages.at(-1)).toMatchObject({ room: "clumsy/c", rev: 4 });
  client.close();
  watcher.close();
});
