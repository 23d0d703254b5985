import { Gauge, type Registry } from './metrics';

/** The part of the log that tells how far a group is. */
export interface LogPositions<T extends string> {
  positions(group: string, topics: T[]): Promise<{ topic: T; committed: number; end: number }[]>;
}

/** Records that wait, asked for when the metrics are read. */
export function lagGauge<T extends string>(options: {
  registry: Registry;
  log: LogPositions<T>;
  group: string;
  topics: T[];
  name: string;
}): void {
  const { registry, log, group, topics, name } = options;
  new Gauge({
    name,
    help: `Records of the log that group ${group} has not handled yet`,
    labelNames: ['topic'],
    registers: [registry],
    async collect() {
      const positions = await log.positions(group, topics);
      const lags = new Map<string, number>(topics.map((topic) => [topic, 0]));
      for (const { topic, committed, end } of positions)
        lags.set(topic, (lags.get(topic) ?? 0) + end - committed);
      for (const [topic, lag] of lags) this.set({ topic }, lag);
    },
  });
}
