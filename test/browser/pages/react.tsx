/** Every hook once, each in a component that counts its renders. */
import { createRoot } from "react-dom/client";
import { createRoom, createUndo } from "../../../src/client/index.ts";
import { roomHooks, useUndo } from "../../../src/react/index.ts";
import { board } from "../../support/board.ts";

const { RoomProvider, useRoom, useSelect, usePresence, useCan, useConnection, usePending, useMe } = roomHooks(board);
const renders: Record<string, number> = {};
const count = (name: string) => {
  renders[name] = (renders[name] ?? 0) + 1;
};

const Total = () => {
  count("total");
  return <output id="total">{useSelect(({ context }) => context.total)}</output>;
};
const Fields = () => {
  count("fields");
  const names = useSelect(
    ({ context }) => Object.keys(context.fields),
    (a, b) => a.join() === b.join(),
  );
  return <output id="fields">{names.join()}</output>;
};
const Take = () => {
  count("take");
  const { definition } = useRoom();
  const can = useCan({ type: "take" });
  return (
    <button type="button" id="take" data-type={definition.type} onClick={() => undo.send({ type: "take" })}>
      {can.verdict === "refused" ? can.reason : "Take"}
    </button>
  );
};
const Back = () => {
  count("back");
  const { canUndo, canRedo } = useUndo(undo);
  return (
    <button type="button" id="back" onClick={() => undo.undo()}>
      {canUndo.verdict === "refused" ? canUndo.reason : "Undo"} {canRedo.verdict}
    </button>
  );
};
const Others = () => {
  count("others");
  const [others, set] = usePresence();
  return (
    <button type="button" id="others" onClick={() => set({ x: 5 })}>
      {[...others.values()].map(({ name, state }) => `${name} ${state.x}`).join()}
    </button>
  );
};
const Status = () => {
  count("status");
  return <output id="status">{`${useConnection().status} ${usePending().length} ${useMe()?.name ?? ""}`}</output>;
};

const room = createRoom(board, { url: "/", id: "r", token: "Page" });
const undo = createUndo(room);
Object.assign(window, { room, renders });
const root = document.getElementById("root");
if (root === null) throw new Error("no root");
createRoot(root).render(
  <RoomProvider room={room}>
    <Total />
    <Fields />
    <Take />
    <Back />
    <Others />
    <Status />
  </RoomProvider>,
);
