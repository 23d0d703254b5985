import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RawOutput } from '../raw-output';
import { aligned, type Chart } from './chart';
import { chartsOf } from './charts';

/** One HTML page with everything in it: it needs no network and no server, and can be kept beside the raw results. */
export function reportPage(outputs: readonly { file: string; raw: RawOutput }[]): string {
  const dist = dirname(require.resolve('uplot'));
  const charts: Chart[] = [];
  const sections = outputs.map(({ file, raw }) => {
    const own = chartsOf(raw);
    const figures = own.map((chart) => {
      charts.push(chart);
      return `<figure><figcaption><b>${escaped(chart.title)}</b> ${escaped(chart.note)}</figcaption><div id="chart-${charts.length - 1}"></div></figure>`;
    });
    return `<section><h2>${escaped(raw.scenario)}</h2>${facts(file, raw)}
<pre>${escaped(raw.summary.join('\n'))}</pre>
${figures.join('\n')}</section>`;
  });
  const data = charts.map((chart) => ({
    ...chart,
    series: chart.series.map(({ label }) => label),
    data: aligned(chart),
  }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Load test results</title>
<style>${readFileSync(join(dist, 'uPlot.min.css'), 'utf8')}
${STYLE}</style></head><body>
<h1>Load test results</h1>
${sections.join('\n')}
<script>${readFileSync(join(dist, 'uPlot.iife.min.js'), 'utf8')}</script>
<script>const charts = ${JSON.stringify(data).replaceAll('<', '\\u003c')};
${DRAW}</script></body></html>
`;
}

function facts(file: string, raw: RawOutput): string {
  const { machine, versions, commit } = raw;
  const revision =
    commit === null
      ? 'no commit'
      : `${commit.revision.slice(0, 12)}${commit.isDirty ? ' with local changes' : ''}`;
  const rows: [string, string][] = [
    ['raw results', file],
    ['measured', `${raw.startedAt} to ${raw.finishedAt ?? 'an early end'}`],
    ['revision', revision],
    [
      'machine',
      `${machine.cores} cores, ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${machine.system}, load at start ${machine.loadAverageAtStart.map((load) => load.toFixed(1)).join(' ')}`,
    ],
    [
      'versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
    ['options', JSON.stringify(raw.options)],
  ];
  const cells = rows.map(([name, value]) => `<tr><th>${name}</th><td>${escaped(value)}</td></tr>`);
  return `<table>${cells.join('')}</table>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const STYLE = `body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #222; }
th { text-align: left; font-weight: normal; color: #666; padding-right: 1em; vertical-align: top; white-space: nowrap; }
td { overflow-wrap: anywhere; }
pre { background: #f5f5f5; padding: 1em; overflow-x: auto; }
figure { margin: 2em 0; }
figcaption { color: #444; }`;

/** Runs in the page. */
const DRAW = `const colors = ['#1f77b4','#d62728','#2ca02c','#9467bd','#ff7f0e','#17becf','#8c564b','#e377c2','#7f7f7f','#bcbd22'];
const short = (value) => value === null ? '' : Number(value.toPrecision(4)).toLocaleString('en');
const percentile = (value) => Number((100 * (1 - 1 / value)).toFixed(4)) + ' %';
charts.forEach((chart, n) => {
  const axis = (one) => ({ label: one.label, size: one === chart.y ? 70 : 50, values: (_, ticks) => ticks.map((tick) =>
    tick === null ? '' : one.isPercentile ? percentile(tick) : short(tick)) });
  const scale = (one) => ({ time: false, distr: one.isLogarithmic ? 3 : 1 });
  const place = document.getElementById('chart-' + n);
  new uPlot({
    width: place.clientWidth, height: 360,
    scales: { x: scale(chart.x), y: scale(chart.y) },
    axes: [axis(chart.x), axis(chart.y)],
    series: [
      { label: chart.x.label, value: (_, value) => value === null ? '' : chart.x.isPercentile ? percentile(value) : short(value) },
      ...chart.series.map((label, i) => ({ label, stroke: colors[i % colors.length], dash: i >= colors.length ? [6, 4] : undefined,
        width: 2, spanGaps: true, value: (_, value) => value === null ? '' : short(value) })),
    ],
  }, chart.data, place);
});`;
