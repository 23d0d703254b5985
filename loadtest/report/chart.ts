/** A line chart, as the page draws it. */
export interface Chart {
  title: string;
  /** What the chart shows and how to read it, in a sentence. */
  note: string;
  x: Axis;
  y: Axis;
  series: Series[];
}

export interface Axis {
  label: string;
  isLogarithmic?: boolean;
  /** Ticks read as percentiles: 1 / (1 - p), so that each further nine takes as much room. */
  isPercentile?: boolean;
}

export interface Series {
  label: string;
  points: [x: number, y: number][];
}

/**
 * What the drawing library takes: one list of x for all series, null where a series has no point there. On a logarithmic
 * axis there is no place for 0 either.
 */
export function aligned({ series, y: { isLogarithmic } }: Pick<Chart, 'series' | 'y'>): (number | null)[][] {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  return [
    xs,
    ...series.map(({ points }) => {
      const y = new Map(points);
      return xs.map((x) => {
        const value = y.get(x);
        const hasPlace = value !== undefined && Number.isFinite(value) && !(isLogarithmic && value <= 0);
        return hasPlace ? value : null;
      });
    }),
  ];
}
