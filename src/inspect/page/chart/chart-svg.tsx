/** A laid out chart as SVG; what is active and what was just taken come by id. From: chart-view.tsx. */
import { memo } from "react";
import { anyOf, anyText, boxPadding, dotOf, lineHeight, moreIndent, nameHeight, rowsOf, textsOf } from "./graph.ts";
import type { Chart, Line, Place } from "./layout.ts";
import { type Arrow, type Box, boxesOf } from "./model.ts";
import { headPath, linePath } from "./paths.ts";

interface Lit {
  readonly active: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
  /** Another one per step, so that the same arrow flashes again. */
  readonly step: number;
}

export const ChartSvg = memo(({ chart, lit }: { readonly chart: Chart; readonly lit: Lit }) => {
  const boxes = boxesOf(chart.model.root);
  return (
    <>
      {boxes.map((box) => (
        <BoxShape key={box.id} box={box} place={chart.places.get(box.id)} lit={lit} />
      ))}
      {boxes.map((box) => (
        <Beginnings key={box.id} box={box} chart={chart} />
      ))}
      {chart.model.arrows.map((arrow) => (
        <ArrowShape key={arrow.id} arrow={arrow} line={chart.lines.get(arrow.id)} lit={lit} />
      ))}
    </>
  );
});

function BoxShape({ box, place, lit }: { readonly box: Box; readonly place: Place | undefined; readonly lit: Lit }) {
  if (place === undefined) return null;
  const { x, y, width, height } = place;
  const isActive = lit.active.has(box.id);
  if (box.type === "history")
    return (
      <g className="chart-history">
        <circle cx={x + width / 2} cy={y + height / 2} r={width / 2 - 1} />
        <text x={x + width / 2} y={y + height / 2 + 4}>
          {box.isDeep ? "H*" : "H"}
        </text>
        <title>{`${box.name}: a ${box.isDeep ? "deep" : "shallow"} history`}</title>
      </g>
    );
  const hasChildren = box.children.length > 0;
  return (
    <g
      className="chart-box"
      data-testid="chart-box"
      data-state={box.id}
      data-active={isActive}
      data-type={box.type}
      data-region={box.isRegion}
      data-outer={hasChildren}
    >
      <rect x={x} y={y} width={width} height={height} rx={hasChildren ? 12 : 9} />
      {box.type === "final" ? <rect className="chart-final" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={6} /> : null}
      <text className="chart-name" x={x + boxPadding} y={y + 21}>
        {box.name}
      </text>
      {box.description === undefined ? null : <title>{box.description}</title>}
      <BoxTexts box={box} x={x} y={y + nameHeight} width={width} lit={lit} />
    </g>
  );
}

function BoxTexts({
  box,
  x,
  y,
  width,
  lit,
}: {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly lit: Lit;
}) {
  const texts = textsOf(box);
  const plain = texts.length - box.lines.length;
  return (
    <>
      {texts.length > 0 ? <line className="chart-rule" x1={x} x2={x + width} y1={y} y2={y} /> : null}
      {rowsOf(texts).map((row, i) => {
        const line = box.lines[row.of - plain];
        const isTaken = line !== undefined && lit.taken.has(line.id);
        return (
          <text
            key={isTaken ? `${lit.step} ${i}` : `${i}`}
            className="chart-text"
            data-kind={line === undefined ? "does" : "line"}
            data-more={row.isMore}
            data-taken={isTaken}
            x={x + boxPadding + (row.isMore ? moreIndent : 0)}
            y={y + 17 + i * lineHeight}
          >
            {row.text}
            {line === undefined || line.actions.length === 0 ? null : <title>{`does ${line.actions.join(", ")}`}</title>}
          </text>
        );
      })}
    </>
  );
}

/** The dot where a box begins, and where arrows come from any state in it. */
function Beginnings({ box, chart }: { readonly box: Box; readonly chart: Chart }) {
  const dot = chart.places.get(dotOf(box.id));
  const any = chart.places.get(anyOf(box.id));
  return (
    <>
      {dot === undefined ? null : <circle className="chart-dot" cx={dot.x + dot.width / 2} cy={dot.y + dot.height / 2} r={4.5} />}
      {box.initial.map((target) => (
        <Path key={target} line={chart.lines.get(`${dotOf(box.id)} → ${target}`)} />
      ))}
      {any === undefined ? null : (
        <g className="chart-any">
          <rect x={any.x} y={any.y} width={any.width} height={any.height} rx={any.height / 2} />
          <text x={any.x + any.width / 2} y={any.y + 15}>
            {anyText}
          </text>
        </g>
      )}
    </>
  );
}

function ArrowShape({ arrow, line, lit }: { readonly arrow: Arrow; readonly line: Line | undefined; readonly lit: Lit }) {
  const isTaken = lit.taken.has(arrow.id);
  const rows = rowsOf(arrow.labels.map(({ text }) => text));
  const actions = arrow.labels.flatMap((label) => (label.actions.length > 0 ? [`${label.text}: does ${label.actions.join(", ")}`] : []));
  return (
    <g key={isTaken ? lit.step : 0} className="chart-arrow" data-testid="chart-arrow" data-arrow={arrow.id} data-taken={isTaken}>
      <Path line={line} />
      {line?.label === undefined ? null : (
        <>
          <rect
            className="chart-label-ground"
            x={line.label.x}
            y={line.label.y}
            width={line.label.width}
            height={line.label.height}
            rx={5}
          />
          {rows.map((row, i) => (
            <text
              // biome-ignore lint/suspicious/noArrayIndexKey: rows never move
              key={i}
              className="chart-text"
              data-kind="label"
              data-more={row.isMore}
              x={(line.label?.x ?? 0) + 4 + (row.isMore ? moreIndent : 0)}
              y={(line.label?.y ?? 0) + 14 + i * lineHeight}
            >
              {row.text}
            </text>
          ))}
        </>
      )}
      {actions.length === 0 ? null : <title>{actions.join("\n")}</title>}
    </g>
  );
}

const Path = ({ line }: { readonly line: Line | undefined }) =>
  line === undefined ? null : (
    <>
      <path className="chart-line" d={linePath(line.points)} />
      <path className="chart-arrow-head" d={headPath(line.points)} />
    </>
  );
