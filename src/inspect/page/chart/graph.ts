/** A chart as the graph that ELK lays out: boxes with the size of their text. From: layout.ts. Nothing here touches the page. */
import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import type { Arrow, Box, ChartModel } from "./model.ts";

/** A text's width in px, in the chart's fonts. */
export type Measure = (text: string, font: "name" | "text") => number;

export const nameHeight = 30;
export const lineHeight = 17;
export const boxPadding = 12;
export const gap = 16;
const dot = 12;
export const anyText = "any state";
const roundSize = 26;

export const dotOf = (box: string): string => `${box} ●`;
export const anyOf = (box: string): string => `${box} ○`;

/** What a box says below its name, in this order. */
export const textsOf = (box: Box): readonly string[] => [
  ...box.entry.map((name) => `entry / ${name}`),
  ...box.exit.map((name) => `exit / ${name}`),
  ...box.invokes.map((name) => `invoke ${name}`),
  ...box.lines.map(({ text }) => text),
];

export interface Row {
  readonly text: string;
  /** Of which text it is a part. */
  readonly of: number;
  /** It goes on with the text of the row before. */
  readonly isMore: boolean;
}
const rowCharsMax = 44;
export const moreIndent = 12;

/** Guards in a row are long: texts go on below. */
export function rowsOf(texts: readonly string[]): readonly Row[] {
  return texts.flatMap((text, of) => {
    const rows: string[] = [];
    for (const word of text.split(" ")) {
      const last = rows.at(-1);
      if (last === undefined || last.length + word.length >= rowCharsMax) rows.push(word);
      else rows[rows.length - 1] = `${last} ${word}`;
    }
    return rows.map((row, i) => ({ text: row, of, isMore: i > 0 }));
  });
}

const widest = (texts: readonly string[], measure: Measure): number =>
  Math.ceil(Math.max(0, ...rowsOf(texts).map(({ text, isMore }) => measure(text, "text") + (isMore ? moreIndent : 0))));

/** Where the inside begins. */
export function headHeight(box: Box): number {
  const rows = rowsOf(textsOf(box)).length;
  return nameHeight + rows * lineHeight + (rows > 0 ? 8 : 0);
}

export function graphOf({ root, arrows }: ChartModel, measure: Measure): ElkNode {
  return {
    id: "",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "DOWN",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.json.shapeCoords": "ROOT",
      "elk.json.edgeCoords": "ROOT",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.padding": "[top=8,left=8,bottom=8,right=8]",
      ...spacing,
    },
    children: [nodeOf(root, measure)],
    edges: [...arrows.map((arrow) => edgeOf(arrow, measure)), ...initialEdges(root)],
  };
}

const spacing = {
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "12",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelNode": "6",
  "elk.spacing.nodeSelfLoop": "14",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
};

/** By its own words. */
export function leastWidth(box: Box, measure: Measure): number {
  const words = Math.max(Math.ceil(measure(box.name, "name")), widest(textsOf(box), measure));
  return Math.max(64, words + 2 * boxPadding);
}

function nodeOf(box: Box, measure: Measure): ElkNode {
  if (box.type === "history") return { id: box.id, width: roundSize, height: roundSize };
  const [width, head] = [leastWidth(box, measure), headHeight(box)];
  if (box.children.length === 0) return { id: box.id, width, height: Math.max(34, head + 4) };
  return {
    id: box.id,
    layoutOptions: {
      "elk.padding": `[top=${head + gap / 2},left=${gap},bottom=${gap},right=${gap}]`,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${width},${head + gap})`,
      ...spacing,
    },
    children: [
      ...(box.initial.length > 0 ? [{ id: dotOf(box.id), width: dot, height: dot }] : []),
      ...(box.hasAny ? [{ id: anyOf(box.id), width: Math.ceil(measure(anyText, "text")) + 18, height: 22 }] : []),
      ...box.children.map((child) => nodeOf(child, measure)),
    ],
  };
}

function edgeOf({ id, from, to, isInward, labels }: Arrow, measure: Measure): ElkExtendedEdge {
  const texts = labels.map(({ text }) => text);
  return {
    id,
    sources: [isInward ? anyOf(from) : from],
    targets: [to],
    labels: [
      {
        text: texts.join("\n"),
        width: widest(texts, measure) + 8,
        height: rowsOf(texts).length * lineHeight + 4,
        layoutOptions: { "elk.edgeLabels.inline": "true" },
      },
    ],
  };
}

const initialEdges = (box: Box): readonly ElkExtendedEdge[] => [
  ...box.initial.map((target) => ({ id: `${dotOf(box.id)} → ${target}`, sources: [dotOf(box.id)], targets: [target] })),
  ...box.children.flatMap(initialEdges),
];
