import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The tag as `npm run build` made it from `page/`. Throws where it was not built. */
export function loadTag(from: string = __dirname): string {
  const path = join(from, 'dist', 'tag.js');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const parent = dirname(from);
  if (parent === from) throw new Error('dist/tag.js not found above the code: npm run build');
  return loadTag(parent);
}
