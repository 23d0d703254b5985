import type { IncomingMessage, ServerResponse } from 'node:http';
import { allows } from '../../shared/domain/consent/bits';
import { isSecure, readBrowserCall } from '../browser/browser-call';
import type { CollectorContext } from '../context';
import { dueSyncs, readRecentSyncs, writeRecentSyncs } from './recent-syncs';

/** Partners of one frame, so that no page starts more than this many calls to them. */
const SYNCS_MAX = 5;
/** What of a call is said again to each partner's `/sync/start`. */
const CONSENT_PARAMETERS = ['gdpr', 'gdpr_consent', 'us_privacy', 'ccpa', 'usp', 'gpp', 'gpp_sid'];

/**
 * `GET /sync/frame`: a page of pictures, each the `/sync/start` of a partner that is due for this browser. In a frame
 * of ours the partners' hosts are no matter of the publisher's content security policy, and partners do not learn
 * which page it is. Empty for a browser that did not bring our cookie (a new one would match nobody where third-party
 * cookies are blocked), that opted out, or that denies a profile.
 */
export function handleSyncFrame(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): void {
  const { visitor, consent, setCookie } = readBrowserCall(context, req, query);
  if (visitor.kind !== 'known' || !allows(consent, 'profile')) return sendFrame(res, [], []);
  const nowMs = context.now();
  const { cookieId } = visitor;
  const partners = [...(context.edge()?.partners.values() ?? [])].filter((partner) => partner.syncUrl);
  const recent = readRecentSyncs(req.headers.cookie, cookieId, nowMs);
  const due = dueSyncs(
    recent,
    partners.map(({ id }) => id),
    SYNCS_MAX,
    nowMs,
  );
  const cookies = setCookie === undefined ? [] : [setCookie];
  if (due.length > 0) {
    cookies.push(writeRecentSyncs(recent, due, { cookieId, nowMs, secure: isSecure(context) }));
  }
  sendFrame(
    res,
    due.map((partner) => startUrl(partner, query)),
    cookies,
  );
}

/** Relative to the frame's own address. Every value is escaped, so that the URL may stand in an attribute. */
function startUrl(partner: string, query: URLSearchParams): string {
  const said = new URLSearchParams({ partner });
  for (const name of CONSENT_PARAMETERS) {
    const value = query.get(name);
    if (value !== null) said.set(name, value);
  }
  return `start?${said.toString()}`;
}

function sendFrame(res: ServerResponse, urls: string[], cookies: string[]): void {
  const images = urls.map((url) => `<img src="${url.replaceAll('&', '&amp;')}" alt="">`).join('');
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sync</title></head><body>${images}</body></html>`;
  res.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; img-src http: https:; base-uri 'none'; form-action 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  });
  res.end(body);
}
