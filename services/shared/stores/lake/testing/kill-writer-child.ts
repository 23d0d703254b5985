/**
 * A process that writes numbered batches into the lake until it is killed: `node kill-writer-child.ts <path> <from>`.
 * Prints `start <n>` before a batch and `done <n>` after it. The first one replays a batch that may be half done.
 */
import { openLake } from '../open-lake';

const ROWS = 5_000;
const MONTH_MS = 31 * 86_400_000;

async function main(path: string, from: number): Promise<void> {
  const lake = await openLake({ path });
  for (let batch = from; ; batch += 1) {
    process.stdout.write(`start ${batch}\n`);
    await lake.insert({
      table: 'event_rows',
      columns: ['type', 'iid', 'at', 'event_id', 'partition', 'offset'],
      // Several months, so that one insert makes several parts.
      rows: Array.from({ length: ROWS }, (_, i) => {
        const offset = batch * ROWS + i;
        return ['kill', offset, 1_740_000_000_000 + (i % 4) * MONTH_MS, `e${offset}`, 0, offset];
      }),
      token: `kill:${batch}`,
      ...(batch === from ? { replayKey: ['partition', 'offset'] } : {}),
    });
    process.stdout.write(`done ${batch}\n`);
  }
}

void main(process.argv[2] ?? '', Number(process.argv[3]));
