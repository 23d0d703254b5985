import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCookieId } from '../../shared/domain/identity';
import type { PrivacyRecord } from '../../shared/domain/records';
import { sendProblem } from '../../shared/runtime/http-server';
import { isSecure } from '../browser/browser-call';
import { deleteCookie, OPTED_OUT, readCookie, writeCookie } from '../browser/cookie';
import type { CollectorContext } from '../context';
import { sendNotKept } from '../problems';
import { isOwnOrigin } from './same-origin';

export type Choice = 'optout' | 'optin';

/**
 * `POST /optout`, `POST /optin`: the person's own choice, durable before it is confirmed. It needs no consent and
 * concerns all identities that are linked to the cookie. After an opt-out the browser holds `muid=optout`, which
 * names nobody; an opt-in from there starts afresh with a new cookie at the next visit.
 */
export async function handleChoice(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  choice: Choice,
): Promise<void> {
  req.resume();
  if (!isOwnOrigin(req, context.publicUrl)) {
    return sendProblem(res, 403, {
      title: 'Forbidden',
      code: 'cross_site',
      detail: `another site cannot choose for a person: send them to ${new URL('/privacy', context.publicUrl).href}`,
    });
  }
  const cookie = readCookie(req.headers.cookie);
  if (cookie !== undefined && isCookieId(cookie)) {
    const at = context.now();
    const identity = `cookie:${cookie}`;
    const record: PrivacyRecord = { v: 1, type: choice, identities: [identity], at, receivedAt: at };
    const outcome = await context.appender.kept('privacy', identity, record);
    context.metrics.count(choice, outcome);
    // The cookie stays, so that a second try still knows whom it concerns.
    if (outcome !== 'accepted') return sendNotKept(res, 'the choice could not be stored, please try again');
  }
  confirm(req, res, choice, nextCookie(cookie, choice, isSecure(context)));
}

function nextCookie(cookie: string | undefined, choice: Choice, secure: boolean): string | undefined {
  if (choice === 'optout') return writeCookie(OPTED_OUT, { secure });
  return cookie === OPTED_OUT ? deleteCookie({ secure }) : undefined;
}

/** A form's browser goes back to the page, which shows the new state; a script gets it as JSON. */
function confirm(
  req: IncomingMessage,
  res: ServerResponse,
  choice: Choice,
  setCookie: string | undefined,
): void {
  if (setCookie !== undefined) res.setHeader('set-cookie', setCookie);
  res.setHeader('cache-control', 'no-store');
  if ((req.headers.accept ?? '').includes('text/html')) {
    res.writeHead(303, { location: '/privacy', 'content-length': 0 }).end();
    return;
  }
  const body = JSON.stringify({ optedOut: choice === 'optout' });
  res
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body);
}
