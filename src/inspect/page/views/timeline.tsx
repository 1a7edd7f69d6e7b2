/** The scrubber: from the oldest rev that is kept to now, with play, steps, a field for the rev, and the way back to live. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { go } from "../store/route.ts";
import { Button } from "./button.tsx";
import { count } from "./words.ts";

interface Props {
  readonly from: number;
  readonly head: number;
  /** `undefined`: live. */
  readonly rev: number | undefined;
  /** The rev that is asked for is there. */
  readonly isThere: boolean;
  readonly onDrag: (isDragging: boolean) => void;
}

const speeds = [1, 4, 16] as const;
const stepMs = 600;
const page = 100;

export function Timeline({ from, head, rev, isThere, onDrag }: Props) {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(speeds[0]);
  const at = rev ?? head;
  const to = (next: number): void => go({ rev: Math.max(from, Math.min(head, next)) });
  // The next step waits until this one is there.
  useEffect(() => {
    if (!isPlaying || !isThere) return;
    if (at >= head) return setPlaying(false);
    const timer = setTimeout(() => go({ rev: at + 1 }), stepMs / speed);
    return () => clearTimeout(timer);
  }, [isPlaying, isThere, at, head, speed]);
  const play = (): void => {
    if (!isPlaying && at >= head) go({ rev: from });
    setPlaying(!isPlaying);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "PageUp") to(at + page);
    else if (event.key === "PageDown") to(at - page);
    else if (event.key === " ") play();
    else return;
    event.preventDefault();
  };
  return (
    <section className="timeline" aria-label="Time travel" data-live={rev === undefined}>
      <div className="timeline-buttons">
        <Button look="icon" icon="back" label="One rev back" disabled={at <= from} onClick={() => to(at - 1)} />
        <Button look="icon" icon={isPlaying ? "pause" : "play"} label={isPlaying ? "Pause" : "Play"} onClick={play} />
        <Button look="icon" icon="forward" label="One rev forward" disabled={at >= head} onClick={() => to(at + 1)} />
      </div>
      <input
        className="scrubber"
        type="range"
        aria-label="Rev"
        aria-valuetext={rev === undefined ? `Live, at rev ${head}` : `Rev ${rev} of ${head}`}
        min={from}
        max={Math.max(from, head)}
        step={1}
        value={Math.min(at, head)}
        data-testid="scrubber"
        style={{ "--part": `${head > from ? ((at - from) / (head - from)) * 100 : 100}%` } as React.CSSProperties}
        onChange={(event) => to(Number(event.target.value))}
        onKeyDown={onKeyDown}
        onPointerDown={() => onDrag(true)}
        onPointerUp={() => onDrag(false)}
        onPointerCancel={() => onDrag(false)}
      />
      <RevField rev={at} onGo={to} />
      <span className="soft figures timeline-of">of {count(head)}</span>
      <select className="field timeline-speed" aria-label="Speed" value={speed} onChange={(event) => setSpeed(Number(event.target.value))}>
        {speeds.map((times) => (
          <option key={times} value={times}>
            {times}×
          </option>
        ))}
      </select>
      <button
        type="button"
        className="button live-button"
        data-look="plain"
        aria-pressed={rev === undefined}
        onClick={() => {
          setPlaying(false);
          go({ rev: undefined });
        }}
      >
        <span className="live-dot" aria-hidden="true" /> Live
      </button>
    </section>
  );
}

/** What is typed counts with Enter, or when the field is left. */
function RevField({ rev, onGo }: { readonly rev: number; readonly onGo: (rev: number) => void }) {
  const [typed, setTyped] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const take = (): void => {
    if (typed !== undefined && /^\d+$/.test(typed)) onGo(Number(typed));
    setTyped(undefined);
  };
  return (
    <input
      ref={field}
      className="field rev-field figures"
      inputMode="numeric"
      aria-label="Go to rev"
      data-testid="rev"
      value={typed ?? String(rev)}
      onChange={(event) => setTyped(event.target.value)}
      onFocus={() => field.current?.select()}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        else if (event.key === "Escape") setTyped(undefined);
      }}
    />
  );
}
