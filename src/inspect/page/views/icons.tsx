/** The page's icons: strokes on a grid of 24. */

const shapes = {
  actor: "M12 20.5a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17Z",
  back: "M14.5 6 8.500 12l6 6",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h10.5v11H9zM15 9V4.500H4.500V15.500H9",
  domain: "M4.5 5h6v5h-6zM13.500 14h6v5h-6zM7.500 10v6.500h6",
  download: "M12 4.500V15m-4.5-4 4.5 4.5 4.5-4.500M5 19.500h14",
  external: "M13.500 5H19v5.500M19 5l-8.500 8.500M10 6H5v13h13v-5",
  fit: "M4.500 9V4.500H9M15 4.500h4.500V9M19.500 15v4.500H15M9 19.500H4.500V15",
  forward: "M9.500 6l6 6-6 6",
  help: "M9.3 9.2a2.8 2.8 0 1 1 4 2.6c-.8.4-1.3 1-1.3 1.9M12 16.8h.01M12 20.5a8.5 8.5 0 1 1 0-17 8.5 8.5 0 0 1 0 17Z",
  minus: "M5.5 12h13",
  pause: "M8.500 6v12M15.500 6v12",
  person: "M12 11.500a3.8 3.8 0 1 1 0-7.600 3.8 3.8 0 0 1 0 7.600ZM4.500 20a7.5 7.5 0 0 1 15 0",
  play: "M8 5.500v13l10.5-6.500z",
  plus: "M12 5.5v13M5.5 12h13",
  room: "M4.500 5.500h15v13h-15zM4.500 9.500h15",
  search: "M10.500 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13ZM15.500 15.500l5 5",
  server: "M4.500 4.500h15v6h-15zM4.500 13.500h15v6h-15zM8 7.500h.01M8 16.500h.01",
  service: "M13 3.500 5.500 13.500H11l-1 7 7.500-10H12z",
  warning: "M12 4 2.8 19.500h18.400zM12 10v4.500M12 17h.01",
} as const;
export type IconName = keyof typeof shapes;

export const Icon = ({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) => (
  <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
    <path d={shapes[name]} />
  </svg>
);

/** Three seats at a round table. */
export const Mark = ({ size = 24 }: { readonly size?: number }) => (
  <svg className="mark" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
    <circle className="mark-table" cx="12" cy="12.4" r="8.4" />
    <circle cx="12" cy="4" r="2.4" />
    <circle cx="19.3" cy="16.6" r="2.4" />
    <circle cx="4.7" cy="16.6" r="2.4" />
  </svg>
);
