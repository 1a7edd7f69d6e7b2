/** Where everything of a chart stands, worked out once per definition by ELK in a worker. From: chart-view.tsx. */
import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import elkWorker from "elkjs/lib/elk-worker.min.js" with { type: "file" };
import { graphOf, leastWidth, type Measure } from "./graph.ts";
import { boxesOf, type ChartModel, chartModel } from "./model.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Line {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label: Place | undefined;
}
export interface Chart {
  readonly model: ChartModel;
  readonly width: number;
  readonly height: number;
  /** By box: how wide its own words are. */
  readonly leastWidths: ReadonlyMap<string, number>;
  /** By box, dot or `any state`. */
  readonly places: ReadonlyMap<string, Place>;
  /** By arrow. */
  readonly lines: ReadonlyMap<string, Line>;
}

const charts = new Map<string, Promise<Chart>>();
/** Definitions are few: one per room type, and the server's own. */
const chartsMax = 40;

/** Rejects on a definition that is none. */
export function chartOf(definition: string): Promise<Chart> {
  let chart = charts.get(definition);
  if (chart === undefined) {
    chart = layOut(definition);
    charts.set(definition, chart);
    const [oldest] = charts.keys();
    if (charts.size > chartsMax && oldest !== undefined) charts.delete(oldest);
  }
  return chart;
}

let elk: InstanceType<typeof ELK> | undefined;

async function layOut(definition: string): Promise<Chart> {
  const model = chartModel(definition);
  elk ??= new ELK({ workerUrl: elkWorker });
  return placed(model, await elk.layout(graphOf(model, measure)), measure);
}

/** `laid`: the graph of this model, with coordinates. */
export function placed(model: ChartModel, laid: ElkNode, measure: Measure): Chart {
  const places = new Map<string, Place>();
  const visit = ({ id, x = 0, y = 0, width = 0, height = 0, children = [] }: ElkNode): void => {
    places.set(id, { x, y, width, height });
    for (const child of children) visit(child);
  };
  visit(laid);
  const lines = new Map<string, Line>();
  for (const { id, sections = [], labels = [] } of laid.edges ?? []) {
    const [label] = labels;
    const at = label && { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0 };
    lines.set(id, {
      points: sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]),
      label: at,
    });
  }
  const leastWidths = new Map(boxesOf(model.root).map((box) => [box.id, leastWidth(box, measure)]));
  return { model, width: laid.width ?? 0, height: laid.height ?? 0, leastWidths, places, lines };
}

let canvas: CanvasRenderingContext2D | null | undefined;

const measure: Measure = (text, font) => {
  canvas ??= document.createElement("canvas").getContext("2d");
  if (!canvas) return text.length * 7.5;
  const family = getComputedStyle(document.body).fontFamily;
  canvas.font = font === "name" ? `600 13px ${family}` : `12px ${family}`;
  return canvas.measureText(text).width;
};
