/** The app as a room type: what the server decides by, and what each page predicts by. */
import { defineRoom, mask } from "quorate";
import { kit, machine } from "./machine.ts";

export const roomType = defineRoom({
  type: "my-app",
  version: 1,
  machine,
  commands: kit.commands,
  role: kit.role,
  // What it hides never leaves the server.
  view: (state) => {
    const { context } = state;
    return state.matches({ app: "asking" }) ? { ...context, app: { ...context.app, answers: mask(context.app.answers) } } : context;
  },
  // But for one's own.
  own: ({ context }, user) => {
    const mine = Object.entries(context.app.answers).filter(([of]) => of === user);
    return { app: { answers: Object.fromEntries(mine) } };
  },
  reasons: {
    ...kit.reasons,
    isModerator: "Only a host asks.",
    hasNotAnswered: "You have answered already.",
  },
  invariants: {
    "answers are to a question": ({ app }) => app.question !== "" || Object.keys(app.answers).length === 0,
  },
});
