/**
 * The router's types. ws-kit's own `router.plugin()` returns a type whose first `on` takes any handler, so `ctx` would silently be `any`;
 * here the typed `on` and `rpc` come first. At run time the router is ws-kit's, untouched.
 */
import {
  type ConnectionData,
  type CreateRouterOptions,
  createRouter as createCoreRouter,
  type EventContext,
  type InferPayload,
  type InferResponse,
  type InferType,
  type Middleware,
  type Router,
  type RouterWithExtensions,
  type RpcContext,
} from "@ws-kit/core";
import type { ValibotPlugin, ValidationCapability } from "./plugin.ts";
import type { MessageSchema, RpcSchema } from "./schema.ts";

/** A ws-kit router. `.plugin(withValibot())` gives it typed `on` and `rpc`. */
export const createRouter = <TData extends ConnectionData = ConnectionData>(options?: CreateRouterOptions) =>
  createCoreRouter<TData>(options) as NewRouter<TData>;

/** Ours: the documented package has no name for this type. */
type ValibotRouter<TData extends ConnectionData> = TypedRouting<TData> & RouterWithExtensions<TData, ValidationCapability>;

type NewRouter<TData extends ConnectionData> = TakesValibot<TData> & Router<TData>;
interface TakesValibot<TData extends ConnectionData> {
  plugin(plugin: ValibotPlugin<TData>): ValibotRouter<TData>;
}

type ErrorHandler<TData extends ConnectionData> = Parameters<Router<TData, ValidationCapability>["onError"]>[0];
type OpenHandler<TData extends ConnectionData> = Parameters<Router<TData, ValidationCapability>["onOpen"]>[0];
type CloseHandler<TData extends ConnectionData> = Parameters<Router<TData, ValidationCapability>["onClose"]>[0];

interface TypedRouting<TData extends ConnectionData> {
  on<S extends MessageSchema>(
    schema: S,
    handler: (ctx: EventContext<TData, InferPayload<S>> & { readonly type: InferType<S> }) => void | Promise<void>,
  ): this;
  rpc<S extends RpcSchema>(
    schema: S,
    handler: (ctx: RpcContext<TData, InferPayload<S>, InferResponse<S>> & { readonly type: InferType<S> }) => void | Promise<void>,
  ): this;
  use(middleware: Middleware<TData>): this;
  onError(handler: ErrorHandler<TData>): this;
  onOpen(handler: OpenHandler<TData>): this;
  onClose(handler: CloseHandler<TData>): this;
}
