/** The `muster` command. */
import { CommanderError } from 'commander';
import { CommandError, EXIT_USAGE } from './commands/settings';
import { program } from './program';

/** What a shell gives a command that writes to a pipe nobody reads any more. */
const EXIT_BROKEN_PIPE = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_BROKEN_PIPE);
  throw error;
});

program()
  .parseAsync()
  .catch((error: unknown) => {
    // Commander has said what was wrong with the use of a command; help and version are no faults.
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    const shown =
      error instanceof CommandError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`muster: ${shown}\n`);
    // Whatever was under way (timers, open sockets of a half-started command) must not keep it alive.
    process.exit(error instanceof CommandError ? error.exitCode : 1);
  });
