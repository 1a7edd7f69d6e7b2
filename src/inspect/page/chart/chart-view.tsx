/** A chart that is lit by a state value, with its zoom. From: views/chart-tab.tsx. */
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { StateValue } from "xstate";
import { messageOf } from "../store/client.ts";
import { Button } from "../views/button.tsx";
import { arranged } from "./arrange.ts";
import { ChartSvg } from "./chart-svg.tsx";
import { type Chart, chartOf } from "./layout.ts";
import { activeIn, leavesOf, takenBy } from "./taken.ts";
import { useZoom } from "./zoom.ts";

export interface ChartStep {
  readonly n: number;
  readonly event: string;
  readonly before: StateValue | undefined;
}

interface Props {
  readonly name: string;
  readonly definition: string;
  readonly value: StateValue | undefined;
  readonly step: ChartStep | undefined;
}

/** Two, so that a window that is pulled a little does not turn everything around. */
const aspects = { wide: 1.5, tall: 0.75 };

export function ChartView({ name, definition, value, step }: Props) {
  const area = useRef<HTMLElement>(null);
  const isTall = useIsTall(area);
  const { chart: laid, problem } = useChart(definition);
  const chart = useMemo(() => laid && arranged(laid, isTall ? aspects.tall : aspects.wide), [laid, isTall]);
  const { view, fit, zoom, handlers } = useZoom(area, chart);
  const text = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: values that say the same are the same
  const lit = useMemo(() => {
    const active = chart === undefined ? new Set<string>() : activeIn(chart.model.machine, value);
    const taken =
      chart === undefined || step === undefined
        ? new Set<string>()
        : takenBy(chart.model, activeIn(chart.model.machine, step.before), active, step.event);
    return { active, taken, step: step?.n ?? 0 };
  }, [chart, text, step]);
  return (
    <div className="chart">
      <section
        ref={area}
        className="chart-area"
        aria-label={`Chart of ${name}`}
        aria-describedby="chart-active"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows, plus and minus move it
        tabIndex={0}
        data-testid="chart"
        data-ready={chart !== undefined}
        {...handlers}
      >
        {chart === undefined ? (
          <p className="empty">{problem ?? "Drawing the chart …"}</p>
        ) : (
          <svg className="chart-svg" width="100%" height="100%" aria-hidden="true">
            <g transform={`translate(${view.x} ${view.y}) scale(${view.k})`}>
              <ChartSvg chart={chart} lit={lit} />
            </g>
          </svg>
        )}
      </section>
      <p id="chart-active" className="visually-hidden">
        {value === undefined ? "" : `Active: ${leavesOf(value).join(", ")}`}
      </p>
      <div className="chart-tools" role="toolbar" aria-label="Zoom">
        <Button look="icon" icon="minus" label="Zoom out" onClick={() => zoom(0.8)} />
        <span className="chart-zoom figures">{Math.round(view.k * 100)} %</span>
        <Button look="icon" icon="plus" label="Zoom in" onClick={() => zoom(1.25)} />
        <Button look="icon" icon="fit" label="Fit the chart" onClick={fit} />
      </div>
    </div>
  );
}

function useIsTall(area: RefObject<HTMLElement | null>): boolean {
  const [isTall, setTall] = useState(false);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    const look = () => setTall(element.clientHeight > element.clientWidth);
    const watch = new ResizeObserver(look);
    watch.observe(element);
    look();
    return () => watch.disconnect();
  }, [area]);
  return isTall;
}

function useChart(definition: string): { readonly chart: Chart | undefined; readonly problem: string | undefined } {
  const [made, setMade] = useState<{ readonly of: string; readonly chart?: Chart; readonly problem?: string }>();
  useEffect(() => {
    let isWanted = true;
    chartOf(definition).then(
      (chart) => isWanted && setMade({ of: definition, chart }),
      (error: unknown) => isWanted && setMade({ of: definition, problem: `This chart cannot be drawn: ${messageOf(error)}` }),
    );
    return () => {
      isWanted = false;
    };
  }, [definition]);
  return made?.of === definition ? { chart: made.chart, problem: made.problem } : { chart: undefined, problem: undefined };
}
