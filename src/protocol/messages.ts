/** Client → server frames as Valibot entries, payload by payload (SPEC.md, "Client to server"). From: gateway/router.ts, which gives them to ws-kit. */
import * as v from "valibot";

const Seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const Rev = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ClientId = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, "1 to 32 letters, digits, _ or -, beginning with a letter or digit"),
);
const Opaque = (length: number) => v.pipe(v.string(), v.maxLength(length));
const Token = Opaque(8_192);

export const hello = {
  protocol: v.pipe(v.number(), v.safeInteger()),
  client: ClientId,
  machine: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  nextSeq: Seq,
  openSeq: v.optional(Seq),
  since: v.optional(v.strictObject({ epoch: Opaque(64), rev: Rev })),
  resume: v.optional(Opaque(128)),
  token: v.optional(Token),
  presence: v.optional(v.record(v.string(), v.unknown())),
};
export const command = { seq: Seq, event: v.looseObject({ type: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }) };
export const settled = { seq: Seq };
export const presence = { state: v.nullable(v.record(v.string(), v.unknown())) };
export const token = { token: Token };
export const resyncReasons = ["gap", "diverged", "asked"] as const;
export const resync = { reason: v.picklist(resyncReasons) };
export const ping = { rev: Rev };
export const bye = {};

export type Hello = v.InferOutput<ReturnType<typeof v.strictObject<typeof hello, undefined>>>;
