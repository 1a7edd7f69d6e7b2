/**
 * Checks what handlers send through ws-kit's context. From: plugin.ts, once per context. To: ws-kit's own send, reply and progress.
 * A message that fails is reported and not sent. The calls stay synchronous, so that a handler need not await them: ws-kit's siblings reject there,
 * and a rejection that nobody awaits ends a Bun process.
 */
import type { ConnectionData, MessageDescriptor, MinimalContext } from "@ws-kit/core";
import { isParser } from "./schema.ts";
import { ValidationError } from "./validation-error.ts";

type Report = (error: ValidationError, type: string, payload: unknown) => Promise<void>;

interface SendingOptions {
  readonly meta?: Record<string, unknown>;
  readonly waitFor?: "drain" | "ack";
  readonly inheritCorrelationId?: boolean;
}
type Sends = (payload: unknown, options?: SendingOptions) => unknown;

export function wrapOutgoing(ctx: MinimalContext & Pick<Checked, "meta" | "__wskit">, report: Report): void {
  const messaging = ctx.extensions.get("messaging") as { send: (schema: MessageDescriptor, ...rest: Parameters<Sends>) => unknown };
  const exchange = ctx.extensions.get("rpc") as { reply: Sends; progress: Sends };
  const { send } = messaging;
  const { reply, progress } = exchange;

  /** The payload and meta to send, as the schema returned them, or nothing. `meta` is checked as it will travel. */
  function check(schema: unknown, payload: unknown, options: SendingOptions, correlated: boolean) {
    if (!isParser(schema)) throw new Error("Only schemas made by message() or rpc() can be sent.");
    const type = schema.messageType;
    const correlationId = correlated ? ctx.meta?.["correlationId"] : undefined;
    const meta = { ...options.meta, ...(correlationId === undefined ? {} : { correlationId }) };
    const parsed = schema.safeParse(payload === undefined ? { type, meta } : { type, meta, payload });
    if (parsed.success) return { payload: parsed.data.payload, options: { ...options, meta: parsed.data.meta } };
    void report(new ValidationError(type, "outbound", parsed.issues), type, payload);
    return undefined;
  }

  messaging.send = (schema, payload, options = {}) => {
    const checked = check(schema, payload, options, options.inheritCorrelationId === true);
    if (checked !== undefined) return send(schema, checked.payload, checked.options);
    return options.waitFor === undefined ? undefined : Promise.resolve(false);
  };
  exchange.progress = (payload, options = {}) => {
    const checked = check(ctx.__wskit?.response, payload, options, true);
    if (checked !== undefined) return progress(checked.payload, checked.options);
    return options.waitFor === undefined ? undefined : Promise.resolve();
  };
  exchange.reply = (payload, options = {}) => {
    const checked = check(ctx.__wskit?.response, payload, options, true);
    if (checked !== undefined) return reply(checked.payload, checked.options);
    ctx.error("INTERNAL", "The server's reply was invalid."); // else the client waits for a reply that never comes
    return options.waitFor === undefined ? undefined : Promise.resolve();
  };
}

/** ws-kit's context as it is at run time: its types leave these fields to the validator. */
export type Checked<TData extends ConnectionData = ConnectionData> = MinimalContext<TData> & {
  payload?: unknown;
  meta?: Record<string, unknown>;
  __wskit?: { readonly request?: unknown; readonly response?: unknown };
};
