/** What nodes send each other, as JSON. From: net.ts. */
import * as v from "valibot";

const from = v.string();
const number = v.pipe(v.number(), v.safeInteger());
const message = v.looseObject({ kind: v.string() });

const packet = v.variant("type", [
  v.object({
    type: v.literal("beat"),
    from,
    card: v.object({ types: v.record(v.string(), v.number()), draining: v.boolean() }),
    /** Node → the last number that was sent to it. */
    sent: v.record(v.string(), number),
    /** Who hears it shall answer with a beat of its own. */
    ask: v.boolean(),
  }),
  v.object({ type: v.literal("bye"), from }),
  v.object({ type: v.literal("message"), from, number, message }),
  /** Of what the receiver has sent, something up to this number was lost. Numbered, as messages are. */
  v.object({ type: v.literal("lost"), from, number, upTo: number }),
  v.object({ type: v.literal("room"), from, message }),
]);

export type Packet = v.InferOutput<typeof packet>;
export type PacketOf<Type extends Packet["type"]> = Extract<Packet, { type: Type }>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const encode = (sent: Packet): Uint8Array => encoder.encode(JSON.stringify(sent));

/** Throws if it is none. */
export const decode = (data: Uint8Array): Packet => v.parse(packet, JSON.parse(decoder.decode(data)));
