/** The board's own icons: strokes on a grid of 24. */
const shapes = {
  select: "M5 3.500 18.500 10.800 12.300 12.700 9 18.500z",
  hand: "M12 3v18M3 12h18M12 3 9.500 5.500M12 3l2.500 2.500M12 21l-2.500-2.500M12 21l2.500-2.500M3 12l2.500-2.500M3 12l2.500 2.500M21 12l-2.500-2.500M21 12l-2.500 2.500",
  pen: "M4 20l1-4.500L16.500 4a2.100 2.100 0 0 1 3 3L8 18.500zM14.500 6l3.500 3.500",
  rectangle: "M4 6h16v12H4z",
  ellipse: "M12 5.500c5 0 8.500 2.900 8.500 6.500s-3.500 6.500-8.500 6.500S3.500 15.600 3.500 12 7 5.500 12 5.500Z",
  line: "M5 19 19 5",
  arrow: "M5 19 19 5M10.500 5H19v8.500",
  note: "M4.500 4.500h15v9.500l-5.500 5.500h-9.500zM19.500 14H14v5.500",
  text: "M5 7V4.500h14V7M12 4.500v15M9 19.500h6",
  undo: "M8.500 5 4 9.500 8.500 14M4 9.500h10a5.500 5.500 0 0 1 0 11h-3",
  redo: "M15.500 5 20 9.500 15.500 14M20 9.500H10a5.500 5.500 0 0 0 0 11h3",
  front: "M5 4.500h14M12 20V8.500M7 13.500l5-5 5 5",
  back: "M5 19.500h14M12 4v11.500M7 10.500l5 5 5-5",
  copy: "M8.500 8.500h11v11h-11zM5.500 15.500h-1v-11h11v1M14 11.500v5M11.500 14h5",
  pin: "M9 4h6l-.800 6.500 3.300 3v1.500h-11v-1.500l3.300-3zM12 15v5.500",
  unpin: "M9 4h6l-.800 6.500 3.300 3v1.500h-11v-1.500l3.300-3zM12 15v5.500M4 4l16 16",
  trash: "M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 13h9l1-13",
  fit: "M9 4.500H4.500V9M15 4.500h4.500V9M9 19.500H4.500V15M15 19.500h4.500V15",
  minus: "M5 12h14",
  plus: "M12 5v14M5 12h14",
  guide:
    "M12 5.500c5 0 8.500 4.500 9.500 6.500-1 2-4.500 6.500-9.500 6.500S3.500 14 2.500 12c1-2 4.500-6.500 9.500-6.500ZM12 15a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z",
} as const;
export type ToolIconName = keyof typeof shapes;

export const ToolIcon = ({ name, size = 19 }: { readonly name: ToolIconName; readonly size?: number }) => (
  <svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
    <path d={shapes[name]} />
  </svg>
);
