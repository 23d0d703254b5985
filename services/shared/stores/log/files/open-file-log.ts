import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Topic } from '../../../domain/records';
import type { Log } from '../log';
import type { FileLogOptions } from './file-log';
import { FileLog } from './file-log';

/**
 * Opens the embedded log in `dir`, creating what is missing. Any number of processes on one host may have it
 * open; a process opens it once and shares it. Rejects when data of more partitions lies there than
 * a topic declares, for then records would be left unread.
 */
export async function openFileLog(options: FileLogOptions): Promise<Log> {
  for (const topic of Object.keys(options.topics) as Topic[]) {
    const dir = join(options.dir, topic);
    const found = existsSync(dir) ? readdirSync(dir).length : 0;
    const { partitions } = options.topics[topic];
    if (found > partitions)
      throw new Error(`log: ${dir} holds ${found} partitions, the topic declares ${partitions}`);
  }
  const log = new FileLog(options);
  await log.mend();
  return log;
}
