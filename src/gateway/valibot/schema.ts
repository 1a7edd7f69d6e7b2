/** Message schemas: one strict Valibot object per message type, with the marks that ws-kit reads. To: plugin.ts. */
import type { BrandedSchema, MessageDescriptor } from "@ws-kit/core";
import { DESCRIPTOR } from "@ws-kit/core/internal";
import * as v from "valibot";

/**
 * A message `{type, meta, payload}`. Without `payload` the message must carry none.
 *
 * Unknown keys are refused in the envelope, in `meta` and in a payload given as entries. A payload given as a finished schema
 * (`v.object(…)`, `v.pipe(…)`, `v.string()`) is used as it is and decides that for itself. It must be synchronous.
 * (On the wire, ws-kit drops unknown keys of the envelope before the schema sees them.)
 *
 * @example message("vote", { card: v.number() }, { roomId: v.string() })
 */
export function message<const T extends string, P extends PayloadShape | undefined = undefined, M extends v.ObjectEntries = {}>(
  type: T,
  payload?: P,
  meta?: M,
): MessageSchema<T, PayloadOf<P>, MetaOf<M>> {
  return describe(buildRoot(type, payload, meta), type, { kind: "event" }) as MessageSchema<T, PayloadOf<P>, MetaOf<M>>;
}

/** A request and the response that answers it. Each payload as in `message`. */
export function rpc<
  const T extends string,
  P extends PayloadShape | undefined,
  const ResponseType extends string,
  ResponseP extends PayloadShape | undefined,
>(
  requestType: T,
  requestPayload: P,
  responseType: ResponseType,
  responsePayload: ResponseP,
): RpcSchema<T, PayloadOf<P>, ResponseType, PayloadOf<ResponseP>> {
  const response = message(responseType, responsePayload);
  const request = describe(buildRoot(requestType, requestPayload, undefined), requestType, { kind: "rpc", response });
  return request as RpcSchema<T, PayloadOf<P>, ResponseType, PayloadOf<ResponseP>>;
}

export interface MessageSchema<T extends string = string, P = unknown, M extends Record<string, unknown> = Record<string, unknown>>
  extends MessageDescriptor,
    BrandedSchema<T, P, never, M>,
    Parser<T, P, M> {
  readonly messageType: T;
}

export interface RpcSchema<T extends string = string, P = unknown, ResponseType extends string = string, ResponseP = unknown>
  extends MessageDescriptor,
    BrandedSchema<T, P, ResponseP, StandardMeta>,
    Parser<T, P, StandardMeta> {
  readonly messageType: T;
  readonly responseType: ResponseType;
  readonly response: MessageSchema<ResponseType, ResponseP, StandardMeta>;
}

/** Whether `schema` came from `message` or `rpc` unharmed. ws-kit's `mount()` drops the non-enumerable marks, and with them the check. */
export const isParser = (schema: unknown): schema is MessageDescriptor & Parser =>
  typeof schema === "object" && schema !== null && "safeParse" in schema;

/** Both stop at the first issue, so that a hostile message costs no more than a good one. */
export interface Parser<T extends string = string, P = unknown, M extends Record<string, unknown> = Record<string, unknown>> {
  readonly safeParse: (input: unknown) => Parsed<{ readonly type: T; readonly meta: M; readonly payload: P }>;
  /** Throws a `v.ValiError`. */
  readonly parse: (input: unknown) => { readonly type: T; readonly meta: M; readonly payload: P };
}

export type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]];
export type Parsed<Message> =
  | { readonly success: true; readonly data: Message; readonly issues: undefined }
  | { readonly success: false; readonly data: undefined; readonly issues: Issues };

type PayloadShape = v.ObjectEntries | v.GenericSchema;
type PayloadOf<P> = P extends v.GenericSchema ? v.InferOutput<P> : P extends v.ObjectEntries ? EntriesOutput<P> : undefined;
type MetaOf<M extends v.ObjectEntries> = EntriesOutput<M & typeof standardMeta>;
type StandardMeta = MetaOf<{}>;
type EntriesOutput<E extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<E, undefined>>;

const standardMeta = { timestamp: v.optional(v.number()), correlationId: v.optional(v.string()) };

function buildRoot(type: string, payload: PayloadShape | undefined, meta: v.ObjectEntries | undefined): v.GenericSchema {
  const head = { type: v.literal(type), meta: v.strictObject({ ...meta, ...standardMeta }) };
  if (payload === undefined) return v.strictObject(head);
  return v.strictObject({ ...head, payload: isSchema(payload) ? payload : v.strictObject(payload) });
}

// An entry may itself be called "kind"; its value is then a schema, never this word.
const isSchema = (shape: PayloadShape): shape is v.GenericSchema => shape["kind"] === "schema";

const firstIssueOnly = { abortEarly: true, abortPipeEarly: true };

/** Marks the root for ws-kit. Non-enumerable: the root stays a plain Valibot schema that can be used in others. */
function describe(root: v.GenericSchema, type: string, about: { kind: "event" } | { kind: "rpc"; response: MessageSchema }): unknown {
  const safeParse = (input: unknown): Parsed<unknown> => {
    const { success, output, issues } = v.safeParse(root, input, firstIssueOnly);
    return success ? { success, data: output, issues: undefined } : { success, data: undefined, issues };
  };
  Object.defineProperties(root, {
    messageType: { value: type },
    __runtime: { value: "ws-kit-schema" },
    [DESCRIPTOR]: { value: { messageType: type, kind: about.kind } },
    safeParse: { value: safeParse },
    parse: { value: (input: unknown) => v.parse(root, input, firstIssueOnly) },
  });
  if (about.kind === "rpc") {
    Object.defineProperties(root, { response: { value: about.response }, responseType: { value: about.response.messageType } });
  }
  return root;
}
