import { randomBytes } from 'node:crypto';
import { allows, type ConsentBits } from '../../shared/domain/consent/bits';
import { isCookieId } from '../../shared/domain/identity';
import { OPTED_OUT } from './cookie';

/** Who a browser's call comes from. */
export type Visitor =
  /** Said no for good: nothing is kept, nothing is written. */
  | { kind: 'opted-out' }
  /** No cookie, and none may be written. */
  | { kind: 'nobody' }
  /** `known`: brought our cookie. `new`: gets one with this answer. */
  | { kind: 'known' | 'new'; cookieId: string; identity: string };

/** Decides by the cookie that was brought and by whether one may be written. */
export function visitorOf(cookie: string | undefined, consent: ConsentBits): Visitor {
  if (cookie === OPTED_OUT) return { kind: 'opted-out' };
  if (cookie !== undefined && isCookieId(cookie)) return person('known', cookie);
  if (!allows(consent, 'storage')) return { kind: 'nobody' };
  return person('new', randomBytes(16).toString('base64url'));
}

function person(kind: 'known' | 'new', cookieId: string): Visitor {
  return { kind, cookieId, identity: `cookie:${cookieId}` };
}
