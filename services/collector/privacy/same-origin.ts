import type { IncomingMessage } from 'node:http';

/**
 * Whether a form or script of our own page sent this, or no browser at all. Our cookie is `SameSite=None`, so
 * without this check any page could make its visitors opt in or out (Fetch Metadata `Sec-Fetch-Site`; `Origin`
 * for browsers without it).
 */
export function isOwnOrigin(req: IncomingMessage, publicUrl: URL): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.headers.origin;
  if (origin === undefined) return true;
  if (origin === publicUrl.origin) return true;
  return URL.canParse(origin) && new URL(origin).host === req.headers.host;
}
