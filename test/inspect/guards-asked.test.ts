/** Which guards were asked, and what they said: never anything else than when it was decided. */
import { expect, test } from "bun:test";
import { type AnyStateMachine, and, createActor, setup } from "xstate";
import { guardsAsked } from "../../src/inspect/guards-asked.ts";

const items = Object.freeze([Object.freeze({ id: "a" }), Object.freeze({ id: "b" })]);
type Context = { readonly items: typeof items; readonly chosen: (typeof items)[number] };
type Item = (typeof items)[number];
const kit = setup({
  types: {} as { context: Context; events: { type: "go"; item?: unknown } },
  guards: {
    holds: () => true,
    fails: ({ context }): boolean => {
      throw new Error(`no way with ${context.chosen.id}`);
    },
    isSameList: ({ context: one, context: other }) => one.items === other.items,
    hasChosen: ({ context }) => context.items.includes(context.chosen),
    findsFirst: ({ context }) => context.items.indexOf(context.items[0] as Item) === 0,
    isKnownElsewhere: ({ context }) => items.includes(context.chosen),
    hasParam: ({ context }, params: { readonly item: Item }) => context.items.includes(params.item) && params.item.id === "b",
  },
});

function asked(guard: unknown) {
  const machine = kit.createMachine({
    id: "m",
    context: { items, chosen: items[1] as Item },
    initial: "a",
    on: { go: { guard: "holds", actions: [] } },
    states: { a: { on: { go: { guard: guard as never, target: "a" } } } },
  }) as AnyStateMachine;
  return guardsAsked(createActor(machine).start().getSnapshot(), { type: "go" });
}

for (const guard of ["isSameList", "hasChosen", "findsFirst", "isKnownElsewhere"])
  test(`'${guard}' says of watched values what it says of those themselves`, () => {
    expect(asked(guard)[0]).toMatchObject({ guard, holds: true });
  });

test("what is taken out of the context as a param is the same as what is there", () => {
  const guards = asked({ type: "hasParam", params: ({ context }: { context: Context }) => ({ item: context.chosen }) });
  expect(guards[0]).toMatchObject({ guard: "hasParam", params: { item: { id: "b" } }, holds: true });
  // What is looked at after the list was found to have it.
  expect(guards[0]?.reads).toContainEqual({ path: "params.item.id", value: "b" });
});

test("a guard that fails: what it threw and what it read; none is asked after it", () => {
  expect(asked(and(["holds", "fails", "hasChosen"]))).toEqual([
    { state: "a", guard: "holds", holds: true, reads: [] },
    { state: "a", guard: "fails", holds: false, failure: "no way with b", reads: [{ path: "context.chosen.id", value: "b" }] },
  ]);
});

test("one without a name that fails, and params that cannot be made: told, too", () => {
  const fails = () => {
    throw new Error("oh");
  };
  const told = [{ state: "a", guard: "(unnamed)", holds: false, failure: "oh", reads: [] }];
  expect(asked(fails)).toEqual(told);
  expect(asked({ type: "hasParam", params: fails })).toEqual(told);
});
