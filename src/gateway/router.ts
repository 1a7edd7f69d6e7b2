/**
 * Frames of clients, routed by ws-kit and checked by Valibot. From: websocket.ts, which has parsed and checked the text. To: connection.ts.
 * Every handler is synchronous, so the order on a socket is the order of the decisions (L5).
 */
import * as schemas from "../protocol/messages.ts";
import type { Connection, ConnectionData } from "./connection.ts";
import { createRouter, message, withValibot } from "./valibot.ts";

const Hello = message("hello", schemas.hello);
const Command = message("command", schemas.command);
const Settled = message("settled", schemas.settled);
const Presence = message("presence", schemas.presence);
const Resync = message("resync", schemas.resync);
const Ping = message("ping", schemas.ping);
const Token = message("token", schemas.token);
const Bye = message("bye", schemas.bye);

/** All that a client may send. */
export const frameTypes: ReadonlySet<unknown> = new Set(["hello", "command", "settled", "presence", "resync", "ping", "token", "bye"]);

export function createGatewayRouter(onTrouble: (where: string, error: unknown) => void) {
  const router = createRouter<ConnectionData>().plugin(
    withValibot<ConnectionData>({
      validateOutgoing: false, // frames go out encoded, through the socket itself
      onValidationError: (error, { ctx }) => connectionOf(ctx)?.refuse("INVALID_ARGUMENT", error.message),
    }),
  );
  router.on(Hello, (ctx) => connectionOf(ctx)?.hello(ctx.payload));
  router.on(Command, (ctx) => connectionOf(ctx)?.command(ctx.payload.seq, ctx.payload.event));
  router.on(Settled, (ctx) => connectionOf(ctx)?.settled(ctx.payload.seq));
  router.on(Presence, (ctx) => connectionOf(ctx)?.presence(ctx.payload.state));
  router.on(Resync, (ctx) => connectionOf(ctx)?.resync(ctx.payload.reason));
  router.on(Ping, (ctx) => connectionOf(ctx)?.pinged(ctx.payload.rev));
  router.on(Token, (ctx) => connectionOf(ctx)?.token(ctx.payload.token));
  router.on(Bye, (ctx) => connectionOf(ctx)?.bye());
  router.onError((error, ctx) => {
    onTrouble("frame", error);
    if (ctx !== null && "ws" in ctx) connectionOf(ctx)?.refuse("INTERNAL", "The server failed on this frame; nothing changed.");
  });
  return router;
}

// ws-kit's socket is Bun's own; its data is what the upgrade put there.
const connectionOf = (ctx: { readonly ws: object }): Connection | undefined =>
  (ctx.ws as { readonly data: ConnectionData }).data.connection;
