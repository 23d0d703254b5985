/**
 * Consumes as one of a group and writes down what it does: <dir> <ledger file> <records a segment>.
 * Ledger lines: begin|done|fail, pid, partition, from, to, nanoseconds of the host's monotonic clock.
 */
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { testTopics } from '../../testing/log-harness';
import type { LogBatch } from '../../log';
import { openFileLog } from '../open-file-log';

const [dir = '', ledgerFile = '', segmentMaxRecords = ''] = process.argv.slice(2);
const ledger = openSync(ledgerFile, 'a');

function note(what: 'begin' | 'done' | 'fail', { partition, from, to }: LogBatch): void {
  writeSync(ledger, `${what} ${process.pid} ${partition} ${from} ${to} ${process.hrtime.bigint()}\n`);
}

async function main(): Promise<void> {
  const log = await openFileLog({ dir, topics: testTopics, segmentMaxRecords: Number(segmentMaxRecords) });
  await log.consume({
    group: 'readers',
    topics: ['events'],
    maxRecords: 40,
    maxBytes: 1 << 20,
    lingerMs: 0,
    onBatch: async (batch) => {
      note('begin', batch);
      await sleep(Math.random() * 10);
      if (Math.random() < 0.1) {
        note('fail', batch);
        throw new Error('as it happens');
      }
      note('done', batch);
      // The commit comes after this; a kill in between makes the batch come again.
      await sleep(Math.random() * 3);
    },
  });
  process.stdout.write('ready\n');
}

void main();
