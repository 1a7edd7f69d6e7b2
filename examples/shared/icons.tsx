/** The app's icons: strokes on a grid of 24. */

const shapes = {
  agenda: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  away: "M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5Z",
  chat: "M20 11.5a7.5 7.5 0 0 1-11 6.6L4 20l1.6-4.6a7.5 7.5 0 1 1 14.4-3.9Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  clock: "M12 7.5V12l3 2M12 20.5a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17Z",
  code: "m8.5 8-4.5 4 4.5 4M15.5 8l4.5 4-4.5 4M13.4 5.5l-2.8 13",
  copy: "M9 9h10.5v11H9zM15 9V4.500H4.500V15.500H9",
  down: "M12 5v14M6 13l6 6 6-6",
  edit: "m14.500 6.500 3 3M5 19l.8-3.800L16.600 4.400a1.500 1.500 0 0 1 2.100 0l.9.900a1.500 1.500 0 0 1 0 2.100L8.800 18.200z",
  end: "M7 7h10v10H7z",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 15a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z",
  floor: "M12 14.5a3 3 0 0 1-3-3v-5a3 3 0 0 1 6 0v5a3 3 0 0 1-3 3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  hand: "M7.5 13V6.8a1.5 1.5 0 0 1 3 0V11m0-.5v-6a1.5 1.5 0 0 1 3 0v6m0 .5V5.8a1.5 1.5 0 0 1 3 0v7m0-3.3a1.5 1.5 0 0 1 3 0V14a7 7 0 0 1-7 7c-2.7 0-4.4-1.2-5.7-3.3L4 14.3c-.5-.8-.3-1.6.4-2 .7-.5 1.6-.3 2.1.3l1 1.2",
  help: "M9.3 9.2a2.8 2.8 0 1 1 4 2.6c-.8.4-1.3 1-1.3 1.9M12 16.8h.01M12 20.5a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17Z",
  leave: "M14 4.5H6.5v15H14M10.5 12H20m-3.5-4 4 4-4 4",
  link: "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1-1",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  muted:
    "m4 4 16 16M9 9v2.500a3 3 0 0 0 4.7 2.500M15 11V6.500a3 3 0 0 0-5.8-1M5.5 11.500a6.5 6.5 0 0 0 10.5 5.100M18.5 11.500a6.5 6.5 0 0 1-.5 2.400M12 18v3",
  people:
    "M9 11.500a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7ZM2.5 19.500a6.5 6.5 0 0 1 13 0M16 5a3.5 3.5 0 0 1 0 6.500M18 14.300a6.5 6.5 0 0 1 3.5 5.2",
  play: "M8 5.500v13l10.5-6.500z",
  plus: "M12 5v14M5 12h14",
  poll: "M5 20v-7M12 20V4M19 20v-11",
  record: "M12 20.500a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17ZM12 15a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.2-5.300L20 9.500M20 4.500v5h-5",
  screen: "M3.5 5h17v11h-17zM8.5 20h7M12 16v4",
  send: "M12 19V5M6 11l6-6 6 6",
  smile: "M8.5 14a4 4 0 0 0 7 0M9 9.500h.01M15 9.500h.01M12 20.500a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17Z",
  star: "m12 4 2.4 5.1 5.6.7-4.1 3.9 1 5.5-4.9-2.7-4.9 2.7 1-5.500L4 9.800l5.6-.700z",
  trash: "M4.5 7h15M9.5 7V4.500h5V7M6.5 7l1 13h9l1-13M10.5 11v5.500M13.5 11v5.5",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
  warning: "M12 4 2.8 19.500h18.400zM12 10v4.500M12 17h.01",
} as const;
export type IconName = keyof typeof shapes;

export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg className="icon" data-name={name} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
    <path d={shapes[name]} />
  </svg>
);

/** Three seats at a round table. */
export const Mark = ({ size = 28 }: { readonly size?: number }) => (
  <svg className="mark" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
    <circle className="mark-table" cx="12" cy="12.4" r="8.4" />
    <circle cx="12" cy="4" r="2.4" />
    <circle cx="19.3" cy="16.6" r="2.4" />
    <circle cx="4.7" cy="16.6" r="2.4" />
  </svg>
);
