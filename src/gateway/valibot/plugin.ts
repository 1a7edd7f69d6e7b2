/**
 * The ws-kit plugin that checks messages against their schemas.
 * From: ws-kit's dispatch, after JSON.parse. To: the route's handler, with `ctx.payload` and `ctx.meta` as the schema returned them.
 */
import { type ConnectionData, getRouteIndex, type MinimalContext, type Plugin } from "@ws-kit/core";
import { getKind, getRouterPluginAPI } from "@ws-kit/core/internal";
import { definePlugin } from "@ws-kit/core/plugin";
import { withMessaging, withRpc } from "@ws-kit/plugins";
import { type Checked, wrapOutgoing } from "./outgoing.ts";
import { isParser } from "./schema.ts";
import { ValidationError } from "./validation-error.ts";

export interface ValibotOptions {
  /** Check what `ctx.send`, `ctx.reply` and `ctx.progress` send, too. Default true. Frames sent through `ctx.ws` are never checked. */
  readonly validateOutgoing?: boolean;
  /** Gets each failed check instead of `router.onError`. What it throws, or rejects with, goes there. */
  readonly onValidationError?: (error: ValidationError, failure: ValidationFailure) => void | Promise<void>;
}

interface ValidationFailure {
  readonly type: string;
  readonly direction: "inbound" | "outbound";
  readonly payload: unknown;
  /** Ours: without it the hook could not answer the client. */
  readonly ctx: MinimalContext;
}

export interface ValidationCapability {
  readonly validation: true;
  readonly __caps: { readonly validation: true };
}
export type ValibotPlugin<TData extends ConnectionData> = Plugin<TData, ValidationCapability>;

/**
 * Checks every inbound message before its handler runs; one that fails never reaches it. Adds `router.rpc`, `ctx.send`, `ctx.reply`
 * and `ctx.progress`. `router.onError` must be set: ws-kit drops what a handler throws where nobody listens.
 */
export function withValibot<TData extends ConnectionData = ConnectionData>(options: ValibotOptions = {}): ValibotPlugin<TData> {
  const { validateOutgoing = true, onValidationError } = options;
  return definePlugin<TData, ValidationCapability>((router) => {
    router.plugin(withMessaging<TData>());
    router.plugin(withRpc<TData>());
    const { addContextEnhancer, getLifecycle } = getRouterPluginAPI<TData>(router);
    const routes = getRouteIndex(router);

    // Never rejects: ws-kit does not await its callers on the way out, and an unhandled rejection ends a Bun process.
    async function report(error: ValidationError, ctx: MinimalContext<TData>, failure: Omit<ValidationFailure, "ctx">): Promise<void> {
      if (onValidationError === undefined) return getLifecycle().handleError(error, ctx);
      try {
        await onValidationError(error, { ...failure, ctx });
      } catch (thrown) {
        await getLifecycle().handleError(thrown, ctx);
      }
    }

    // Not async: between a valid message and its handler this middleware puts no microtask.
    router.use((ctx: Checked<TData>, next) => {
      const { type, meta, payload } = ctx;
      const schema = routes.get(type)?.schema;
      if (!isParser(schema)) throw new Error(`The route "${type}" was not made by message() or rpc(): nothing would check its messages.`);
      const parsed = schema.safeParse(payload === undefined ? { type, meta } : { type, meta, payload });
      if (!parsed.success) {
        return report(new ValidationError(type, "inbound", parsed.issues), ctx, { type, direction: "inbound", payload });
      }
      ctx.payload = parsed.data.payload;
      ctx.meta = parsed.data.meta;
      // ws-kit's rpc plugin finds here what reply() answers.
      const state = { ...ctx.__wskit, kind: getKind(schema), request: schema, response: schema.response };
      Object.defineProperty(ctx, "__wskit", { value: state, enumerable: false, configurable: true, writable: true });
      return next();
    });

    if (validateOutgoing) {
      const wrap = (ctx: MinimalContext<TData>) =>
        wrapOutgoing(ctx, (error, type, payload) => report(error, ctx, { type, direction: "outbound", payload }));
      // After the messaging and rpc plugins' own enhancers, which have the default priority 0.
      addContextEnhancer(wrap, { priority: 1 });
    }
    return { validation: true, __caps: { validation: true } };
  });
}
