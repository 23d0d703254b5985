import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's Chromium. Throws where there is none: these tests are about a real browser. */
export function findChromium(): string {
  const path = PLACES.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error('Chromium is missing: infra/install-engines.sh installs it');
  return path;
}
