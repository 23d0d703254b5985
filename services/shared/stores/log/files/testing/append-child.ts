/**
 * Appends without pause, from several hands at once, and writes down what was acknowledged:
 * <dir> <ledger file> <writer name> <records a segment>. Says "ready" with the first acknowledgement.
 */
import { openSync, writeSync } from 'node:fs';
import { testTopics } from '../../testing/log-harness';
import { openFileLog } from '../open-file-log';

const [dir = '', ledgerFile = '', writer = '', segmentMaxRecords = ''] = process.argv.slice(2);
const ledger = openSync(ledgerFile, 'a');
const padding = '.'.repeat(200);

async function main(): Promise<void> {
  const log = await openFileLog({ dir, topics: testTopics, segmentMaxRecords: Number(segmentMaxRecords) });
  const hand = async (name: string): Promise<never> => {
    for (let n = 0; ; n += 3) {
      const ids = [n, n + 1, n + 2].map((i) => `${name}:${i}`);
      await log.append(
        'events',
        ids.map((id) => ({ key: name, value: Buffer.from(`${id} ${padding}`) })),
      );
      writeSync(ledger, ids.map((id) => `${id}\n`).join(''));
      if (n === 0) process.stdout.write('ready\n');
    }
  };
  await Promise.all([0, 1, 2, 3].map((i) => hand(`${writer}-${i}`)));
}

void main();
