import { describe, expect, test } from "bun:test";
import { isEventDescriptor, isRpcDescriptor } from "@ws-kit/core";
import { message, rpc, v } from "../../src/gateway/valibot.ts";

const Vote = message("vote", { card: v.number() }, { roomId: v.optional(v.string()) });
const valid = { type: "vote", meta: {}, payload: { card: 5 } };

describe("message", () => {
  test("[payload] a message of its type, meta and payload passes", () => {
    expect(Vote.safeParse(valid)).toMatchObject({ success: true, data: valid });
    const meta = { timestamp: 1, correlationId: "c1", roomId: "weekly" };
    expect<unknown>(Vote.parse({ ...valid, meta })).toEqual({ ...valid, meta });
  });

  test("[payload] unknown keys are refused in envelope, meta and payload, also those that every object inherits", () => {
    for (const key of ["extra", "toString", "hasOwnProperty"]) {
      for (const input of [
        { ...valid, [key]: 1 },
        { ...valid, meta: { [key]: 1 } },
        { ...valid, payload: { card: 5, [key]: 1 } },
      ]) {
        const parsed = Vote.safeParse(input);
        expect(parsed.success).toBe(false);
        expect(parsed.issues?.[0] && v.getDotPath(parsed.issues[0])).toEndWith(key);
      }
    }
  });

  test("[payload] another type, a missing meta, a missing or wrong payload are refused", () => {
    const { type, meta, payload } = valid;
    for (const input of [
      { ...valid, type: "votes" },
      { type, payload },
      { type, meta },
      { ...valid, payload: null },
      { ...valid, payload: [5] },
      null,
      "vote",
    ]) {
      expect(Vote.safeParse(input).success).toBe(false);
      expect(() => Vote.parse(input)).toThrow(v.ValiError);
    }
    expect(Vote.safeParse({ type, meta, payload }).success).toBe(true);
  });

  test("[payload] without a payload schema the message must carry none", () => {
    const Bye = message("bye");
    expect(Bye.safeParse({ type: "bye", meta: {} }).success).toBe(true);
    expect(Bye.safeParse({ type: "bye", meta: {}, payload: {} }).success).toBe(false);
  });

  test("[payload] standard meta cannot be redefined by a message", () => {
    const Odd = message("odd", {}, { timestamp: v.string() });
    expect(Odd.safeParse({ type: "odd", meta: { timestamp: "noon" }, payload: {} }).success).toBe(false);
  });

  test("[payload] a finished schema is used as it is: its transforms run, and its strictness is its own", () => {
    const Loose = message("loose", v.object({ card: v.number() }));
    expect(Loose.parse({ type: "loose", meta: {}, payload: { card: 5, extra: 1 } }).payload).toEqual({ card: 5 });
    const Length = message(
      "length",
      v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    );
    expect(Length.parse({ type: "length", meta: {}, payload: "four" }).payload).toBe(4);
  });

  test("[payload] entries may be called like the fields of a Valibot schema", () => {
    const Odd = message("odd", { kind: v.literal("schema"), type: v.string(), entries: v.optional(v.number()) });
    const payload = { kind: "schema" as const, type: "t" };
    expect(Odd.parse({ type: "odd", meta: {}, payload }).payload).toEqual(payload);
    expect(Odd.safeParse({ type: "odd", meta: {}, payload: { kind: "other", type: "t" } }).success).toBe(false);
  });

  test("[L11] parsing stops at the first issue, however many there are", () => {
    const List = message("list", { items: v.array(v.number()) });
    const parsed = List.safeParse({ type: "list", meta: {}, payload: { items: Array(1_000).fill("x") } });
    expect(parsed.issues).toHaveLength(1);
  });

  test("[payload] the marks for ws-kit do not show", () => {
    expect(isEventDescriptor(Vote)).toBe(true);
    expect(Object.keys(Vote)).not.toContain("messageType");
    expect(JSON.stringify({ ...Vote })).not.toContain("ws-kit");
  });
});

describe("rpc", () => {
  test("[payload] request and response are messages of their own", () => {
    const GetUser = rpc("user.get", { id: v.string() }, "user", { name: v.string() });
    expect(isRpcDescriptor(GetUser)).toBe(true);
    expect(GetUser.parse({ type: "user.get", meta: {}, payload: { id: "u1" } }).payload).toEqual({ id: "u1" });
    expect(GetUser.responseType).toBe("user");
    expect(isEventDescriptor(GetUser.response)).toBe(true);
    expect(GetUser.response.safeParse({ type: "user", meta: {}, payload: { name: "Ada" } }).success).toBe(true);
    expect(GetUser.response.safeParse({ type: "user", meta: {}, payload: { id: "u1" } }).success).toBe(false);
  });
});
