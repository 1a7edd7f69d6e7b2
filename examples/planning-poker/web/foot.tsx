/** Under the table: what one may do now. One's hand, the next story, the verdict, what is taken along. */
import { Ended } from "./ended.tsx";
import { Hand } from "./hand.tsx";
import { Next } from "./next.tsx";
import { useStage } from "./poker-room.ts";
import { Result } from "./result.tsx";

export function Foot() {
  const stage = useStage();
  return (
    <section className="foot card" aria-label="What to do" id="controls" tabIndex={-1} data-stage={stage}>
      {stage === "voting" ? <Hand /> : stage === "revealed" ? <Result /> : stage === "ended" ? <Ended /> : <Next />}
    </section>
  );
}
