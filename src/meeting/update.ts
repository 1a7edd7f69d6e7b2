/** `update`: how an app's region changes the app's part of the context. From: the region given to `extendMeeting(…).createMachine`. */
import { type ActionFunction, assign, type EventObject, type ParameterizedObject, type ProvidedActor } from "xstate";

interface UpdateArgs<Context extends { readonly app: object }, Event extends EventObject> {
  readonly app: Context["app"];
  /** The whole of it, to read. */
  readonly context: Context;
  /** Narrowed to what the transition is for. */
  readonly event: Event;
}

/** Nothing where `Change` fits the app's data; at a key that does not, the reason why not. */
type Misfits<Change, App> = {
  readonly [Key in keyof Change]: Key extends keyof App
    ? Required<Change>[Key] extends Required<App>[Key]
      ? unknown
      : { readonly "in the app's data this is": App[Key] }
    : { readonly [Text in `the app's data has no '${Key & string}'`]: never };
};

/**
 * An action that merges what `change` returns into `context.app`: `update(({ app, event }) => ({ votes: { ...app.votes, [event.by.user]: event.card } }))`.
 * The rest of the context is not in its reach. Like every action's, its result must follow from its arguments alone: time is `event.at`, an id `event.id`.
 */
export function update<
  Context extends { readonly app: object },
  Event extends EventObject,
  Params extends ParameterizedObject["params"] | undefined,
  AnyEvent extends EventObject,
  Actor extends ProvidedActor,
  // With `object`, a change that is all wrong is still inferred as it is, and told why.
  Change extends Partial<Context["app"]> | object,
>(
  change: (args: UpdateArgs<Context, Event>, params: Params) => Change & Misfits<Change, Context["app"]>,
): ActionFunction<Context, Event, AnyEvent, Params, Actor, never, never, never, never> {
  const assigned = assign<Context, Event, Params, AnyEvent, Actor>(({ context, event }, params) => {
    const app = { ...context.app, ...change({ app: context.app, context: context as Context, event }, params) };
    return { app } as unknown as Partial<Context>;
  });
  return assigned as ActionFunction<Context, Event, AnyEvent, Params, Actor, never, never, never, never>;
}
