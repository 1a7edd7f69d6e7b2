/** The reactions of this app, drawn here so that they look the same everywhere; any other emoji is shown as text. */
import type { ReactNode } from "react";

export interface ReactionChoice {
  readonly emoji: string;
  readonly name: string;
}
export const reactionChoices: readonly ReactionChoice[] = [
  { emoji: "👍", name: "Agree" },
  { emoji: "❤️", name: "Love" },
  { emoji: "🎉", name: "Celebrate" },
  { emoji: "😂", name: "Laugh" },
  { emoji: "😮", name: "Wow" },
  { emoji: "🔥", name: "On fire" },
];

export function Emoji({ emoji, size }: { readonly emoji: string; readonly size: number }) {
  const art = drawings[emoji];
  if (art === undefined) return <span className="emoji">{emoji}</span>;
  return (
    <svg className="emoji" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      {art}
    </svg>
  );
}

const face = <circle cx="16" cy="16" r="13.5" fill="#ffc83d" />;
const ink = "#5b3a05";

const drawings: Readonly<Record<string, ReactNode>> = {
  "👍": (
    <>
      <rect x="3.5" y="14" width="6.5" height="14" rx="2.2" fill="#e59a1c" />
      <path
        d="M11 15.2 15.6 5a2.2 2.2 0 0 1 2-1.300c2 0 3 1.8 2.7 3.600L19.5 12h6.300a3 3 0 0 1 2.9 3.700l-2.3 9.600A3.6 3.6 0 0 1 22.9 28H15a4 4 0 0 1-4-4z"
        fill="#ffc83d"
      />
    </>
  ),
  "❤️": (
    <path
      d="M16 28.200C8.5 22.6 3 17.8 3 11.6 3 7.3 6.2 4.4 9.9 4.400c2.5 0 4.7 1.3 6.1 3.5 1.4-2.2 3.6-3.5 6.1-3.5 3.7 0 6.9 2.9 6.9 7.2 0 6.2-5.5 11-13 16.600Z"
      fill="#ef4056"
    />
  ),
  "🎉": (
    <>
      <path d="m4 28.5 6.5-17 10 10z" fill="#ffc83d" />
      <path d="m4 28.5 3.2-8.4 5.2 5.200zM8.9 15.700l1.6-4.2 10 10-4.2 1.600z" fill="#f0a020" />
      <path
        d="M15 12c2-2 2.5-5 1-8M20 17c2-2 5-2.5 8-1M18 14c3-1 6.5-4 7.5-8"
        fill="none"
        stroke="#4c6ef5"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <circle cx="22" cy="4.5" r="1.7" fill="#ef4056" />
      <circle cx="28" cy="10.5" r="1.7" fill="#2f9e6e" />
      <circle cx="25.5" cy="22" r="1.7" fill="#ef4056" />
      <circle cx="10" cy="5.5" r="1.7" fill="#2f9e6e" />
    </>
  ),
  "😂": (
    <>
      {face}
      <path d="M8.5 17.500h15a7.5 7.5 0 0 1-15 0Z" fill={ink} />
      <path d="M11 18h10v1.500a1 1 0 0 1-1 1h-8a1 1 0 0 1-1-1z" fill="#fff" />
      <path
        d="m7.8 12.5 3-2 3 2M18.2 12.500l3-2 3 2"
        fill="none"
        stroke={ink}
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path
        d="M5.5 14.500c-2 1.5-3.5 3.6-2.6 5.3 1.2 2.2 4 1 4-1.5 0-1.5-.5-2.6-1.4-3.800ZM26.5 14.500c2 1.5 3.5 3.6 2.6 5.3-1.2 2.2-4 1-4-1.5 0-1.5.5-2.6 1.4-3.800Z"
        fill="#4dabf7"
      />
    </>
  ),
  "😮": (
    <>
      {face}
      <ellipse cx="11" cy="13.5" rx="1.9" ry="2.5" fill={ink} />
      <ellipse cx="21" cy="13.5" rx="1.9" ry="2.5" fill={ink} />
      <ellipse cx="16" cy="22" rx="3.3" ry="4.2" fill={ink} />
      <path d="M8 8.500c1-1 2.5-1.5 4-1.300M24 8.500c-1-1-2.5-1.5-4-1.3" fill="none" stroke={ink} strokeWidth="1.6" strokeLinecap="round" />
    </>
  ),
  "🔥": (
    <>
      <path
        d="M16 29.500c-6 0-10.5-4.2-10.5-9.8 0-5 3.3-7.4 5.2-10.7.6 1.5 1.3 2.5 2.4 3.300C13.5 8.5 15 5 19 2.500c0 3.5 1.5 5.7 3.6 8.2 2 2.4 3.9 5 3.9 9 0 5.6-4.5 9.8-10.5 9.800Z"
        fill="#f76707"
      />
      <path
        d="M16 29.500c-3.4 0-5.8-2.3-5.8-5.5 0-3 2-4.5 3.3-6.5.6 1 1.1 1.5 1.9 2 .2-2 1-3.7 2.6-5 .4 2.2 1.3 3.2 2.3 4.5 1 1.3 1.5 2.9 1.5 5 0 3.2-2.4 5.5-5.8 5.500Z"
        fill="#ffc83d"
      />
    </>
  ),
};
