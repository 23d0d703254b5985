import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { DOCUMENTS } from '../../shared/domain/snapshot';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import { loadTopics } from '../../shared/stores/log/topics';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { startCollector } from '../collector';
import { EDGE } from './harness';

/** A collector on the embedded stores in `argv[2]`, for tests that kill it. Tells its port, then its memory. */
async function main(dir: string): Promise<void> {
  const log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  await lookups.documents.put(DOCUMENTS.edge, 1, Buffer.from(JSON.stringify(EDGE)));
  const { port } = await startCollector({
    log,
    documents: lookups.documents,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://collect.example',
    secret: 'a secret for tests',
    tag: '/* the tag */',
    retentionDays: 400,
    registry: new Registry(),
    logger: pino({ level: 'silent' }),
  });
  process.send?.({ port });
  setInterval(() => {
    // Not the resident set: pages of the log's memory map belong to the operating system.
    const { heapTotal, external } = process.memoryUsage();
    process.send?.({ memoryBytes: heapTotal + external });
  }, 50);
}

void main(process.argv[2] ?? '');
