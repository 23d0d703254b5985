import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** The tag built from its source as it is now, by the very command of `npm run build:tag`. */
export function builtTag(): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [command, ...args] = (scripts['build:tag'] ?? '').split(' ');
  if (command !== 'esbuild') throw new Error('package.json: build:tag is no command of esbuild');
  // Without a file it writes to its standard output.
  return execFileSync(
    join(ROOT, 'node_modules/.bin/esbuild'),
    args.filter((arg) => !arg.startsWith('--outfile=')),
    { cwd: ROOT, encoding: 'utf8' },
  );
}
