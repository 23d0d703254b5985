import type { PartnerSnapshot } from '../../shared/domain/snapshot';

export type RedirectTarget = { ok: true; url: URL } | { ok: false; message: string };

/**
 * Where a sync may send the browser on to: only to hosts that are on the partner's list, compared after parsing
 * as WHATWG URL does, so that what is checked is what a browser follows. An entry without a port allows any.
 */
export function redirectTarget(redir: string, partner: PartnerSnapshot): RedirectTarget {
  if (!URL.canParse(redir)) return { ok: false, message: 'is not an absolute URL' };
  const url = new URL(redir);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { ok: false, message: 'is neither https nor http' };
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, message: 'carries a user name or password' };
  }
  const allowed = partner.redirectHosts.some((entry) => {
    const host = parsedHost(entry);
    return host !== '' && (host === url.host || host === url.hostname);
  });
  if (!allowed)
    return { ok: false, message: `leads to ${url.host}, which is not among the partner's redirectHosts` };
  return { ok: true, url };
}

/** A host of the list in parsed form (lower case, punycode), with its port where it has one. */
function parsedHost(entry: string): string {
  return URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`).host : '';
}
