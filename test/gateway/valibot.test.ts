import { describe, expect, test } from "bun:test";
import { createBunHandler } from "@ws-kit/bun";
import type { ConnectionData, Router } from "@ws-kit/core";
import { DESCRIPTOR } from "@ws-kit/core/internal";
import { withMessaging, withRpc } from "@ws-kit/plugins";
import { createRouter, message, rpc, type ValibotOptions, ValidationError, v, withValibot } from "../../src/gateway/valibot.ts";

const Vote = message("vote", { card: v.number(), note: v.optional(v.string()) }, { roomId: v.optional(v.string(), "lobby") });
const Bye = message("bye");
const Mark = message("mark", { n: v.number() });
const GetUser = rpc("user.get", { id: v.string() }, "user", { name: v.string() });

type Told = { type: string; meta: Record<string, unknown>; payload: Record<string, unknown> };

const frame = (type: string, payload: unknown, meta: unknown = {}): string => JSON.stringify({ type, meta, payload });

/** A router whose failed checks and errors go back to the client, so that a test can await them. */
const makeRouter = (options: ValibotOptions = {}) =>
  createRouter()
    .plugin(
      withValibot({
        onValidationError: ({ code, message: text, details }, { type, direction, ctx }) =>
          ctx.ws.send(frame("invalid", { code, text, details, about: type, direction })),
        ...options,
      }),
    )
    .onError((error, ctx) => {
      if (ctx && "ws" in ctx) ctx.ws.send(frame("failed", { text: String(error), invalid: error instanceof ValidationError }));
    })
    .on(Mark, ({ ws, payload }) => ws.send(frame("mark", payload)));

async function connect<E extends object>(
  router: Router<ConnectionData, E>,
  onMessage: (deliver: () => void) => void = (deliver) => deliver(),
) {
  const { fetch, websocket } = createBunHandler(router);
  const server = Bun.serve({
    port: 0,
    fetch: async (request, self) => (await fetch(request, self)) ?? undefined,
    websocket: { ...websocket, message: (ws, data) => onMessage(() => void websocket.message?.(ws, data)) },
  });
  const socket = new WebSocket(`ws://localhost:${server.port}`);
  const inbox: Told[] = [];
  const waiting: ((told: Told) => void)[] = [];
  socket.onmessage = ({ data }) => {
    const told: Told = JSON.parse(String(data));
    const wanted = waiting.shift();
    if (wanted === undefined) inbox.push(told);
    else wanted(told);
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return {
    say: (message: unknown) => socket.send(JSON.stringify(message)),
    hear: async (): Promise<Told> => inbox.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await server.stop(true);
    },
  };
}

describe("what comes in", () => {
  test("[payload] a handler gets the checked payload and meta", async () => {
    const router = makeRouter().on(Vote, (ctx) => {
      const next: number = ctx.payload.card + 1;
      ctx.ws.send(frame(ctx.type, { next }, "meta" in ctx ? ctx.meta : undefined));
    });
    await using client = await connect(router);
    client.say({ type: "vote", payload: { card: 5 } });
    expect(await client.hear()).toEqual({ type: "vote", meta: { roomId: "lobby" }, payload: { next: 6 } });
    const meta = { timestamp: 1, correlationId: "c", roomId: "weekly" };
    client.say({ type: "vote", meta, payload: { card: 1 } });
    expect(await client.hear()).toEqual({ type: "vote", meta, payload: { next: 2 } });
  });

  const refused: [name: string, said: unknown, detail: string][] = [
    ["a wrong type", { type: "vote", payload: { card: "secret" } }, "payload.card: Invalid type: Expected number but received a string"],
    ["a missing field", { type: "vote", payload: {} }, "payload.card: missing"],
    ["no payload", { type: "vote" }, "payload: missing"],
    ["an extra key", { type: "vote", payload: { card: 5, extra: 1 } }, "payload.extra: unknown key"],
    ["an extra meta key", { type: "vote", meta: { secret: 1 }, payload: { card: 5 } }, "meta.secret: unknown key"],
    [
      "a meta that is none",
      { type: "vote", meta: "secret", payload: { card: 5 } },
      "meta: Invalid type: Expected Object but received a string",
    ],
    ["a payload where none belongs", { type: "bye", payload: {} }, "payload: unknown key"],
    ["a very long key", { type: "vote", payload: { card: 5, ["😀".repeat(5_000)]: 1 } }, `payload.${"😀".repeat(46)}: unknown key`],
  ];
  test.each(refused)(
    "[payload] %s is refused with path and reason; the handler does not run, the socket stays",
    async (_name, said, detail) => {
      let ran = 0;
      const run = () => void ran++;
      await using client = await connect(makeRouter().on(Vote, run).on(Bye, run));
      client.say(said);
      const { type, payload } = await client.hear();
      expect(type).toBe("invalid");
      const about = (said as Told).type;
      const text = `Invalid message "${about}": ${detail}`;
      expect(payload).toEqual({ code: "INVALID_ARGUMENT", text, details: [detail], about, direction: "inbound" });
      client.say({ type: "mark", payload: { n: 1 } });
      expect(await client.hear()).toMatchObject({ type: "mark" });
      expect(ran).toBe(0);
    },
  );

  test("[payload] without a hook, or when the hook throws, router.onError hears of it", async () => {
    const silent = createRouter()
      .plugin(withValibot())
      .on(Vote, () => undefined);
    const heard = new Promise((resolve) => silent.onError(resolve));
    await using first = await connect(silent);
    first.say({ type: "vote", payload: {} });
    expect(await heard).toBeInstanceOf(ValidationError);

    const fails = makeRouter({ onValidationError: () => Promise.reject(new Error("hook")) }).on(Vote, () => undefined);
    await using second = await connect(fails);
    second.say({ type: "vote", payload: {} });
    expect(await second.hear()).toMatchObject({ type: "failed", payload: { text: "Error: hook", invalid: false } });
  });

  test("[payload] a route that nothing would check does not run", async () => {
    let ran = 0;
    const bare = { messageType: "bare", [DESCRIPTOR]: { messageType: "bare", kind: "event" } };
    const mounted = createRouter().on(Bye, () => void ran++);
    await using client = await connect(
      makeRouter()
        .on(bare as never, () => void ran++)
        .mount("sub.", mounted),
    );
    for (const type of ["bare", "sub.bye"]) {
      client.say({ type });
      expect(await client.hear()).toMatchObject({
        type: "failed",
        payload: { text: expect.stringContaining(`"${type}" was not made by message()`) },
      });
    }
    expect(ran).toBe(0);
  });

  test("[L13] a handler that throws or rejects is told to onError; the next message is served", async () => {
    const router = makeRouter()
      .on(Bye, () => {
        throw new Error("sync");
      })
      .on(Vote, async () => {
        await Promise.resolve();
        throw new Error("async");
      });
    await using client = await connect(router);
    client.say({ type: "bye" });
    expect(await client.hear()).toMatchObject({ type: "failed", payload: { text: "Error: sync" } });
    client.say({ type: "vote", payload: { card: 1 } });
    expect(await client.hear()).toMatchObject({ type: "failed", payload: { text: "Error: async" } });
    client.say({ type: "mark", payload: { n: 1 } });
    expect(await client.hear()).toMatchObject({ type: "mark" });
  });
});

describe("what goes out", () => {
  test("[payload] rpc: progress and reply reach the caller with its correlationId", async () => {
    const router = makeRouter().rpc(GetUser, (ctx) => {
      ctx.progress({ name: "…" });
      ctx.reply({ name: `user ${ctx.payload.id}` });
    });
    await using client = await connect(router);
    client.say({ type: "user.get", meta: { correlationId: "c1" }, payload: { id: "u1" } });
    expect(await client.hear()).toEqual({ type: "$ws:rpc-progress", meta: { correlationId: "c1" }, payload: { name: "…" } });
    expect(await client.hear()).toEqual({ type: "user", meta: { correlationId: "c1" }, payload: { name: "user u1" } });
  });

  test("[payload] an invalid reply is not sent: it is reported, and the caller is told of a server error", async () => {
    const router = makeRouter().rpc(GetUser, (ctx) => void ctx.reply({ name: 7 as never }));
    await using client = await connect(router);
    client.say({ type: "user.get", meta: { correlationId: "c1" }, payload: { id: "u1" } });
    const told = [await client.hear(), await client.hear(), await client.hear()];
    expect(told.map(({ type }) => type)).toEqual(["invalid", "failed", "RPC_ERROR"]);
    expect(told[0]?.payload).toMatchObject({
      code: "INTERNAL",
      direction: "outbound",
      about: "user",
      details: [expect.stringMatching(/^payload\.name: /)],
    });
    expect(told[2]).toMatchObject({ meta: { correlationId: "c1" }, payload: { code: "INTERNAL" } });
  });

  test("[L13] an invalid send or progress that nobody awaits is reported, not sent, and ends nothing", async () => {
    const router = makeRouter()
      .rpc(GetUser, (ctx) => {
        ctx.progress({ name: 7 as never });
        ctx.reply({ name: "Ada" });
      })
      .on(Bye, async (ctx) => {
        ctx.send(Vote, { card: "x" as never });
        const sent = await ctx.send(Vote, { card: "x" as never }, { waitFor: "drain" });
        ctx.ws.send(frame("sent", { sent }));
      });
    await using client = await connect(router);
    client.say({ type: "user.get", payload: { id: "u1" } });
    expect([await client.hear(), await client.hear()].map(({ type }) => type)).toEqual(["invalid", "user"]);
    client.say({ type: "bye" });
    expect([await client.hear(), await client.hear(), await client.hear()].map(({ type }) => type)).toEqual(["invalid", "invalid", "sent"]);
  });

  test("[payload] meta is checked as it travels", async () => {
    const Placed = message("placed", { n: v.number() }, { roomId: v.string() });
    const router = makeRouter().on(Bye, (ctx) => {
      ctx.send(Placed, { n: 1 });
      ctx.send(Placed, { n: 2 }, { meta: { roomId: "weekly" }, inheritCorrelationId: true });
    });
    await using client = await connect(router);
    client.say({ type: "bye", meta: { correlationId: "c1" } });
    expect((await client.hear()).payload["details"]).toEqual([expect.stringMatching(/^meta\.roomId: /)]);
    expect(await client.hear()).toEqual({ type: "placed", meta: { roomId: "weekly", correlationId: "c1" }, payload: { n: 2 } });
  });

  test("[payload] with validateOutgoing: false nothing that goes out is checked", async () => {
    const router = makeRouter({ validateOutgoing: false }).on(Bye, (ctx) => ctx.send(Vote, { card: "x" as never }));
    await using client = await connect(router);
    client.say({ type: "bye" });
    expect(await client.hear()).toEqual({ type: "vote", meta: {}, payload: { card: "x" } });
  });
});

describe("order", () => {
  test("[L5] 2,000 messages on one socket reach a synchronous handler in the order they were sent", async () => {
    const seen: number[] = [];
    const last = Promise.withResolvers<void>();
    const Step = message("step", { n: v.number() });
    const router = makeRouter().on(Step, ({ payload }) => {
      seen.push(payload.n);
      if (payload.n === 1_999) last.resolve();
    });
    await using client = await connect(router);
    for (let n = 0; n < 2_000; n++) client.say({ type: "step", payload: { n } });
    await last.promise;
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  });

  test("[L5] between Bun's callback and the handler lie only ws-kit's own microtasks; the check adds none, and no message overtakes", async () => {
    const plain = createRouter();
    plain.plugin(withMessaging());
    plain.plugin(withRpc());
    const bare = await turnsToHandler(plain);
    expect(bare.overtaken).toBe(0);
    expect(await turnsToHandler(createRouter().plugin(withValibot({ validateOutgoing: false })))).toEqual(bare);
    // Canary: the wrapping of what goes out is one more enhancer, and ws-kit awaits each.
    expect(await turnsToHandler(createRouter().plugin(withValibot()))).toEqual({ turns: bare.turns + 1, overtaken: 0 });
  });
});

/** Of 100 messages: the most microtask turns before the handler runs, and the most other messages that Bun delivers in between. */
async function turnsToHandler<E extends object>(router: Router<ConnectionData, E>): Promise<{ turns: number; overtaken: number }> {
  const done = Promise.withResolvers<void>();
  const most = { turns: 0, overtaken: 0 };
  let delivered = 0;
  let handled = 0;
  router.on(Bye, () => {
    handled++;
    most.overtaken = Math.max(most.overtaken, delivered - handled);
    if (handled === 100) done.resolve();
  });
  await using client = await connect(router, (deliver) => {
    const mine = ++delivered;
    deliver();
    let turns = 0;
    const count = () => {
      most.turns = Math.max(most.turns, turns);
      if (handled >= mine) return;
      turns++;
      queueMicrotask(count);
    };
    count();
  });
  for (let i = 0; i < 100; i++) client.say({ type: "bye" });
  await done.promise;
  return most;
}
