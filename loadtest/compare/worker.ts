/** One revision of a comparison: opens a bench and measures a round whenever it is told to. */
import { join } from 'node:path';
import type { Bench } from '../bench';
import { packageRoot } from '../package-root';
import { openBench } from './benches';
import type { FromWorker, ToWorker } from './messages';

// A bench that starts a whole platform starts it by the command that is running: this revision's.
process.argv[1] = join(packageRoot(), 'bin', 'muster.js');

let bench: Bench | undefined;

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function handle(message: ToWorker): Promise<FromWorker> {
  switch (message.do) {
    case 'open':
      bench = await openBench(message.request, (line) => tell({ is: 'say', line }));
      return { is: 'opened' };
    case 'round':
      if (bench === undefined) throw new Error('no bench is open');
      return { is: 'round', round: await bench.round(message.n) };
    case 'close':
      await bench?.close();
      return { is: 'closed' };
  }
}

process.on('message', (message: ToWorker) => {
  handle(message).then(tell, (error: unknown) =>
    tell({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => {
  // Servers and temporary files of the bench go with it.
  void (bench?.close() ?? Promise.resolve()).finally(() => process.exit(0));
});
