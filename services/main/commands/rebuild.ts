import { Command } from 'commander';
import { isFilled, REBUILD_EPOCH } from '../../shared/stores/lookups/lookups';
import { openExistingStores } from './existing-stores';
import { environmentHelp } from './settings';

const POLL_MS = 500;
/** A platform that runs takes the work up within seconds. */
const TAKEN_UP_MS = 30_000;

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('fill the lookups from the lake anew, while bidding goes on')
    .option('--json', 'the outcome as JSON')
    .addHelpText(
      'after',
      `
Ingest starts anew for it and waits until it is done; what is sent meanwhile is kept in the log. Bidders go on with
what is there. Ends when the lookups are filled.
${environmentHelp()}`,
    )
    .action(rebuild);
}

async function rebuild({ json }: { json?: true }): Promise<void> {
  const { log, lookups } = await openExistingStores();
  try {
    const before = await lookups.epoch();
    const startedAt = Date.now();
    await lookups.setEpoch(REBUILD_EPOCH);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const epoch = await lookups.epoch();
      const seconds = Math.round((Date.now() - startedAt) / 1_000);
      if (isFilled(epoch) && epoch !== before) {
        process.stdout.write(json ? `${JSON.stringify({ epoch, seconds })}\n` : `filled in ${seconds} s\n`);
        return;
      }
      if (process.stderr.isTTY && !json) process.stderr.write(`\r${seconds} s`);
      if (Date.now() - startedAt > TAKEN_UP_MS && seconds % 30 === 0 && !json)
        process.stderr.write(
          'still waiting: does a platform run on these lookups? Its log tells how far it is.\n',
        );
    }
  } finally {
    await log.close();
    await lookups.close();
  }
}
