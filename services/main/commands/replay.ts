import { Command, InvalidArgumentError, Option } from 'commander';
import { REPLAYABLE_TOPICS, replayDeadLetters, type ReplayReport } from '../../ingest/replay-dead-letters';
import { DEAD_LETTER_REASONS } from '../../shared/domain/reasons';
import { openExistingStores } from './existing-stores';
import { environmentHelp } from './settings';

interface Options {
  reason?: string;
  source?: string;
  since?: number;
  until?: number;
  again?: true;
  dryRun?: true;
  json?: true;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('put records that were set aside back into the log, once their cause is mended')
    .addOption(new Option('--reason <reason>', 'only those set aside for this').choices(DEAD_LETTER_REASONS))
    .addOption(new Option('--source <topic>', 'only those from this topic').choices(REPLAYABLE_TOPICS))
    .option('--since <time>', 'only those set aside from then on (ISO 8601)', time)
    .option('--until <time>', 'only those set aside before then (ISO 8601)', time)
    .option('--again', 'also those that were replayed before')
    .option('--dry-run', 'tell what would be replayed, and change nothing')
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      `
Runs where the log and the lookups are reachable, whether the platform runs or not. The table dead_letters says what is there:
  muster sql "SELECT source, reason, count(), max(at) FROM dead_letters GROUP BY source, reason"
${environmentHelp()}`,
    )
    .action(runReplay);
}

async function runReplay(options: Options): Promise<void> {
  const { log, lookups } = await openExistingStores();
  try {
    const showsProgress = process.stderr.isTTY && !options.json;
    const report = await replayDeadLetters({
      ...options,
      log,
      claims: lookups.claims,
      now: Date.now,
      onProgress: ({ seen, replayed }) => {
        if (showsProgress) process.stderr.write(`\r${seen} looked at, ${replayed} replayed`);
      },
    });
    if (showsProgress) process.stderr.write('\n');
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report, options));
  } finally {
    await log.close();
    await lookups.close();
  }
}

function describe({ seen, matched, replayed, before, lost }: ReplayReport, { dryRun }: Options): string {
  const lines = Object.entries(matched).map(([reason, count]) => `  ${reason}: ${count}`);
  const total = Object.values(matched).reduce((sum, count) => sum + count, 0);
  return [
    `${seen} dead letters, ${total} chosen`,
    ...lines,
    dryRun ? `${total - before - lost} would be replayed` : `${replayed} replayed`,
    ...(before > 0 ? [`${before} were replayed before (--again repeats them)`] : []),
    ...(lost > 0 ? [`${lost} cannot be: the log no longer holds the whole record`] : []),
    '',
  ].join('\n');
}

function time(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidArgumentError('a time looks like 2026-05-03 or 2026-05-03T10:00:00Z');
  return at;
}
