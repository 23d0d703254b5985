import { readFileSync } from 'node:fs';
import { packagePath } from '../../shared/package-path';

/** The tag as `npm run build` made it from `page/`. Throws where it was not built. */
export function loadTag(): string {
  return readFileSync(
    packagePath('dist/tag.js', (message) => new Error(`${message}: npm run build`)),
    'utf8',
  );
}
