import { collectDefaultMetrics, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface RegistryOptions {
  /** Label `process` of every metric: processes of one kind are added up. */
  process: string;
  /** Node's own (heap, event loop lag, CPU). @default false */
  defaultMetrics?: boolean;
}

/** One registry per process, handed to whoever measures; never prom-client's global one. */
export function createRegistry({ process, defaultMetrics = false }: RegistryOptions): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  if (defaultMetrics) collectDefaultMetrics({ register: registry });
  return registry;
}

/** Upper bounds in seconds of what is answered while somebody waits: 0.1 ms to 2.5 s. */
export const LATENCY_BUCKETS_S = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

/** Upper bounds in seconds of how old news is when it is acted upon: 0.1 s to 5 min. */
export const FRESHNESS_BUCKETS_S = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300];

/**
 * A label value from a set that the outside cannot grow: what is not among `allowed` becomes `other`.
 * Each new label value is a new time series for ever, so that nothing a stranger sends may be one.
 */
export function boundedLabel(value: string, allowed: { has(value: string): boolean }): string {
  return allowed.has(value) ? value : 'other';
}
