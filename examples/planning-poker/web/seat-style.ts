/** A seat's place, for the stylesheet; `--nth` lets the cards turn one after the other. */
import type { CSSProperties } from "react";

export const seatStyle = ({ x, y }: { readonly x: number; readonly y: number }, index: number): CSSProperties =>
  ({ "--x": `${x}%`, "--y": `${y}%`, "--nth": index }) as CSSProperties;
