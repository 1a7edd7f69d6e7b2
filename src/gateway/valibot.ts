/**
 * Valibot for ws-kit: what the gateway's router validates with.
 * Names and call shapes are those documented for `@ws-kit/valibot`; if that package appears, importing from it is the whole change,
 * but for what is marked "ours" in valibot/plugin.ts and valibot/router.ts.
 */
import * as v from "valibot";

export type { InferMessage, InferMeta, InferPayload, InferResponse, InferType } from "@ws-kit/core";
export { type ValibotOptions, withValibot } from "./valibot/plugin.ts";
export { createRouter } from "./valibot/router.ts";
export { type MessageSchema, message, type RpcSchema, rpc } from "./valibot/schema.ts";
export { ValidationError } from "./valibot/validation-error.ts";
export { v };
