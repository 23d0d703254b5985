import { Counter, type Registry } from './metrics';

interface Cell {
  labels: Record<string, string>;
  count: number;
}

/**
 * A counter with two labels for hot paths: counted in plain numbers and handed to prom-client at each scrape, as a
 * labelled counter of its own costs about a microsecond a time. Labels must come from bounded sets.
 */
export function talliedCounter<A extends string, B extends string | number>(options: {
  registry: Registry;
  name: string;
  help: string;
  labelNames: readonly [string, string];
}): (first: A, second: B, count?: number) => void {
  const { registry, name, help, labelNames } = options;
  const cells = new Map<A, Map<B, Cell>>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      for (const row of cells.values()) {
        for (const cell of row.values()) {
          this.inc(cell.labels, cell.count);
          cell.count = 0;
        }
      }
    },
  });
  return (first, second, count = 1) => {
    let row = cells.get(first);
    if (row === undefined) cells.set(first, (row = new Map<B, Cell>()));
    const cell = row.get(second);
    if (cell !== undefined) cell.count += count;
    else row.set(second, { labels: { [labelNames[0]]: first, [labelNames[1]]: String(second) }, count });
  };
}
