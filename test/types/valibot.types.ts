/** What the compiler must know about messages, and what it must refuse. Checked by `tsc`; nothing here runs. */
import { createBunHandler } from "@ws-kit/bun";
import {
  createRouter,
  type InferMessage,
  type InferMeta,
  type InferPayload,
  type InferResponse,
  type InferType,
  type MessageSchema,
  message,
  type RpcSchema,
  rpc,
  v,
  withValibot,
} from "../../src/gateway/valibot.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

const Vote = message("vote", { card: v.number(), note: v.optional(v.string()) }, { roomId: v.string() });
const Piped = message("piped", v.pipe(v.object({ at: v.string() }), v.transform(Number)));
const Bye = message("bye");
const GetUser = rpc("user.get", { id: v.string() }, "user", { name: v.string() });

same<InferPayload<typeof Vote>, { card: number; note?: string | undefined }>(true);
same<InferType<typeof Vote>, "vote">(true);
same<InferMeta<typeof Vote>, { roomId: string; timestamp?: number | undefined; correlationId?: string | undefined }>(true);
same<InferMessage<typeof Vote>["type"], "vote">(true);
same<InferMessage<typeof Vote>["payload"]["card"], number>(true);
same<InferPayload<typeof Piped>, number>(true);
same<InferPayload<typeof Bye>, undefined>(true);
same<InferPayload<typeof GetUser>, { id: string }>(true);
same<InferResponse<typeof GetUser>, { name: string }>(true);
same<InferResponse<typeof Vote>, never>(true);
// @ts-expect-error the canary: `same` can fail
same<InferPayload<typeof Vote>, { card: string }>(true);

export const anyMessage: MessageSchema = Vote;
export const anyRpc: RpcSchema = GetUser;
// @ts-expect-error an event has no response
export const notRpc: RpcSchema = Vote;
// @ts-expect-error entries are schemas, not types' names
message("bad", { card: "number" });
// @ts-expect-error a payload is checked synchronously
message("bad", v.objectAsync({ card: v.number() }));

export const router = createRouter<{ user: string }>()
  .plugin(withValibot({ validateOutgoing: false }))
  .use((_ctx, next) => next())
  .onError((error) => error)
  .on(Vote, (ctx) => {
    same<typeof ctx.payload, { card: number; note?: string | undefined }>(true);
    same<typeof ctx.type, "vote">(true);
    same<typeof ctx.data, { user: string }>(true);
    // @ts-expect-error no such field
    ctx.payload.cards;
    // @ts-expect-error no such connection data
    ctx.data.name;
    // @ts-expect-error an event is not replied to
    ctx.reply({ name: "Ada" });
    ctx.send(Vote, { card: 1 });
    // @ts-expect-error what is sent is typed, too
    ctx.send(Vote, { card: "1" });
  })
  .on(Bye, async (ctx) => same<typeof ctx.payload, undefined>(true))
  .rpc(GetUser, (ctx) => {
    same<typeof ctx.payload, { id: string }>(true);
    ctx.reply({ name: ctx.payload.id });
    // @ts-expect-error the reply has another shape
    ctx.reply({ id: ctx.payload.id });
  });

router.route(Vote).on((ctx) => same<typeof ctx.payload.card, number>(true));
createBunHandler(router);
// @ts-expect-error without the plugin there is no rpc
createRouter().rpc(GetUser, () => undefined);
