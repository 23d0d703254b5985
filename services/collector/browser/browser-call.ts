import type { IncomingMessage } from 'node:http';
import { allows, type ConsentBits } from '../../shared/domain/consent/bits';
import { decideConsent } from '../../shared/domain/consent/decide';
import type { ConsentSignals } from '../../shared/domain/consent/signals';
import type { CollectorContext } from '../context';
import { readCookie, writeCookie } from './cookie';
import { browserSignals } from './signals';
import { visitorOf, type Visitor } from './visitor';

/** A browser's call after consent and identity. */
export interface BrowserCall {
  query: URLSearchParams;
  signals: ConsentSignals;
  consent: ConsentBits;
  visitor: Visitor;
  /** `Set-Cookie` of the answer: a new cookie, or a longer life for the one that was brought. */
  setCookie: string | undefined;
}

export function readBrowserCall(
  context: CollectorContext,
  req: IncomingMessage,
  query: URLSearchParams,
): BrowserCall {
  const signals = browserSignals(req, query);
  const consent = decideConsent(signals, context.consent);
  const visitor = visitorOf(readCookie(req.headers.cookie), consent);
  const writes = 'cookieId' in visitor && allows(consent, 'storage');
  const setCookie = writes ? writeCookie(visitor.cookieId, { secure: isSecure(context) }) : undefined;
  return { query, signals, consent, visitor, setCookie };
}

export function isSecure({ publicUrl }: CollectorContext): boolean {
  return publicUrl.protocol === 'https:';
}
