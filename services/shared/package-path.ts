import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Where a file or folder of this package lies. Compiled code is one folder deeper than source, so it is looked for
 * upwards. Throws what `fault` makes of the message when it is nowhere.
 */
export function packagePath(
  path: string,
  fault: (message: string) => Error = (message) => new Error(message),
): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, path);
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw fault(`${path} not found above ${__dirname}`);
  }
}
