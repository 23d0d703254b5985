import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PartnerSnapshot } from '../../shared/domain/snapshot';
import { sendProblem } from '../../shared/runtime/http-server';
import { sendGif, sendRedirect } from '../browser/answers';
import { readBrowserCall, type BrowserCall } from '../browser/browser-call';
import { denialRecord } from '../browser/denial';
import type { CollectorContext } from '../context';
import type { RecordOutcome } from '../metrics';
import { fillOurId } from './macros';
import { idForPartner } from './our-id';
import { partnerOf } from './partner';
import { redirectTarget } from './redirect-target';
import { syncRecord } from './sync-record';

/**
 * `GET /sync?partner=&uid=&redir=`: the partner's id for our cookie, then a GIF or on to `redir`. Without `uid`
 * nothing is stored: a partner that only wants our id. What the browser denies is stored in any case.
 */
export async function handleSync(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const partner = partnerOf(context, res, query);
  if (partner === undefined) return;
  const redir = query.get('redir');
  const target = redir ? redirectTarget(redir, partner) : undefined;
  if (target?.ok === false) {
    const message = `redir ${target.message}`;
    return sendProblem(res, 400, {
      title: 'Bad Request',
      code: 'redirect_not_allowed',
      detail: message,
      errors: [{ path: 'redir', code: 'redirect_not_allowed', message }],
    });
  }

  const call = readBrowserCall(context, req, query);
  const uid = query.get('uid');
  const [kept] = await Promise.all([
    uid === null ? undefined : keep(context, call, partner, uid),
    keepDenial(context, call),
  ]);
  if (kept !== undefined) context.metrics.count('sync', kept);
  if (target === undefined) return sendGif(res, call.setCookie);
  sendRedirect(res, fillOurId(target.url, idForPartner(context, call, partner)), call.setCookie);
}

/** What a browser denies while it is synced counts as if it had met a pixel. */
async function keepDenial(context: CollectorContext, call: BrowserCall): Promise<void> {
  const denial = denialRecord(call, 'sync', null, context.now());
  if (denial === undefined) return;
  const [identity = ''] = denial.identities;
  const outcome = await context.appender.kept('events', identity, denial);
  if (outcome !== 'accepted') context.metrics.count('sync', outcome);
}

async function keep(
  context: CollectorContext,
  call: BrowserCall,
  partner: PartnerSnapshot,
  uid: string,
): Promise<RecordOutcome> {
  const made = syncRecord(call, partner, uid, context.now());
  if (!made.ok) return made.outcome;
  return context.appender.kept('syncs', made.identity, made.record);
}
