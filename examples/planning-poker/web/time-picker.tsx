/** How long the next round may take. */
import { useRunsRounds } from "./my-part.ts";
import { usePlan } from "./visit.ts";

const choices: readonly (readonly [seconds: number | null, word: string])[] = [
  [30, "30 s"],
  [60, "1 min"],
  [120, "2 min"],
  [300, "5 min"],
  [null, "No limit"],
];

export function TimePicker() {
  const [{ seconds }, set] = usePlan();
  if (!useRunsRounds()) return null;
  return (
    <select
      className="field picker"
      aria-label="Time for the round"
      value={String(seconds)}
      onChange={({ currentTarget: { value } }) => set({ seconds: value === "null" ? null : Number(value) })}
    >
      {choices.map(([choice, word]) => (
        <option key={word} value={String(choice)}>
          {word}
        </option>
      ))}
    </select>
  );
}
