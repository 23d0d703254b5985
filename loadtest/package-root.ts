import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Where package.json is: one folder up from the sources, two from what was compiled. Not the product's `packagePath`: for
 * `--compare` this folder is put into earlier revisions, which may not have it.
 */
export function packageRoot(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory)) throw new Error(`no package.json above ${__dirname}`);
  }
}
