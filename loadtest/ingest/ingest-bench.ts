import type { Bench } from '../bench';
import { measureIngestOnce } from './measure-ingest';

export interface IngestOptions {
  /** Events in the log of each round. */
  events: number;
}

/** Every round has stores of its own: a full log is drained into an empty lake. */
export function openIngestBench({ events }: IngestOptions): Promise<Bench> {
  return Promise.resolve({
    round: async () => {
      const detail = await measureIngestOnce(events);
      const { rows, ingestSeconds, rawSeconds } = detail;
      return {
        metrics: [
          { name: 'rows ingested', unit: '/s', better: 'more', value: rows / ingestSeconds },
          { name: 'rows inserted raw', unit: '/s', better: 'more', value: rows / rawSeconds },
          { name: 'ingested / raw', unit: '', better: 'more', value: rawSeconds / ingestSeconds },
        ],
        detail,
      };
    },
    close: () => Promise.resolve(),
  });
}
