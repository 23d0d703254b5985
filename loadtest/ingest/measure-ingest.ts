import { join } from 'node:path';
import { startIngest } from '../../services/ingest/start-ingest';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { median } from '../load/closed-loop';
import { openEmbeddedStores } from '../fixtures/embedded-stores';
import { eventRecords } from '../fixtures/events';
import { rawInsertSeconds } from './raw-insert';

export interface IngestResult {
  /** Median over the rounds of ingest rows/s divided by raw rows/s. */
  ratio: number;
  rounds: { rows: number; ingestSeconds: number; rawSeconds: number }[];
}

/**
 * A full log drained by ingest, against the engine taking the very same rows as RowBinary from a file, with
 * nothing decoded, numbered or deduplicated: what an insert costs at the least.
 */
export async function measureIngest(options: {
  events: number;
  rounds: number;
  say: (line: string) => void;
}): Promise<IngestResult> {
  const rounds: IngestResult['rounds'] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const measured = await measureIngestOnce(options.events);
    rounds.push(measured);
    options.say(
      `ingest ${round}/${options.rounds}: ratio ${(measured.rawSeconds / measured.ingestSeconds).toFixed(3)}`,
    );
  }
  return { ratio: median(rounds.map(({ rawSeconds, ingestSeconds }) => rawSeconds / ingestSeconds)), rounds };
}

/** One full log, drained once, and the same rows inserted raw. */
export async function measureIngestOnce(rows: number): Promise<IngestResult['rounds'][number]> {
  const { dir, stores, close } = await openEmbeddedStores();
  const { log, lake } = stores;
  try {
    const records = eventRecords(rows);
    for (let from = 0; from < rows; from += 5_000)
      await log.append('events', records.slice(from, from + 5_000));

    const started = performance.now();
    const ingest = await startIngest({
      ...stores,
      registry: createRegistry({ process: 'ingest' }),
      logger: createLogger({ level: 'error', name: 'ingest', destination: 2 }),
    });
    let stored = 0;
    while (stored < rows) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stored = (await lake.numbers('SELECT toUInt64(count()) FROM event_rows'))[0] ?? 0;
    }
    const ingestSeconds = (performance.now() - started) / 1000;
    await ingest.close();

    const rawSeconds = await rawInsertSeconds(lake, join(dir, 'rows.bin'));
    return { rows, ingestSeconds, rawSeconds };
  } finally {
    await close();
  }
}
