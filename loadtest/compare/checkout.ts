import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Say } from '../bench';
import { packageRoot } from '../package-root';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 << 20;

export interface Checkout {
  root: string;
  revision: string;
  remove(): Promise<void>;
}

/**
 * Another revision in a temporary worktree, built, with the load test of *this* revision in the place of its own: what is
 * compared is the product, and the yardstick must be one and the same.
 */
export async function checkOut(revision: string, say: Say): Promise<Checkout> {
  const here = packageRoot();
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: here, maxBuffer: OUTPUT_BYTES_MAX })).stdout.trim();
  let commit: string;
  try {
    commit = await git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
  } catch (error) {
    throw new Error(`--compare ${revision}: no such revision in a git checkout at ${here}`, { cause: error });
  }
  const directory = await mkdtemp(join(tmpdir(), 'muster-compare-'));
  const root = join(directory, 'checkout');
  const remove = async (): Promise<void> => {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    await git('worktree', 'prune');
  };
  // From here to `remove`, whatever ends this process leaves no worktree behind.
  const interrupted = (): void => void remove().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    await git('worktree', 'add', '--detach', '--force', root, commit);
    await rm(join(root, 'loadtest'), { recursive: true, force: true });
    await cp(join(here, 'loadtest'), join(root, 'loadtest'), { recursive: true });
    await installLike(here, root, say);
    say(`building ${commit.slice(0, 12)}`);
    await run(
      process.execPath,
      [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--noCheck'],
      { cwd: root, maxBuffer: OUTPUT_BYTES_MAX },
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return { root, revision: commit, remove };
}

/** The packages that are here already, where they are the same ones. */
async function installLike(here: string, root: string, say: Say): Promise<void> {
  const [own, other] = await Promise.all(
    [here, root].map((folder) => readFile(join(folder, 'package-lock.json'), 'utf8')),
  );
  if (own === other) return symlink(join(here, 'node_modules'), join(root, 'node_modules'));
  say('its packages differ: npm ci');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
}
