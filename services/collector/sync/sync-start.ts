import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '../../shared/runtime/http-server';
import { sendGif, sendRedirect } from '../browser/answers';
import { readBrowserCall } from '../browser/browser-call';
import type { CollectorContext } from '../context';
import { fillSyncUrl } from './macros';
import { idForPartner } from './our-id';
import { partnerOf } from './partner';

/**
 * `GET /sync/start?partner=`: on to the partner's sync URL with our id where its macro is. Without an id to give
 * the browser is not sent at all: the partner would learn of a visit that it may not know of.
 */
export function handleSyncStart(
  context: CollectorContext,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): void {
  const partner = partnerOf(context, res, query);
  if (partner === undefined) return;
  if (partner.syncUrl === undefined) {
    return sendProblem(res, 404, {
      title: 'Not Found',
      code: 'no_sync_url',
      detail: 'the partner has no syncUrl',
    });
  }
  const call = readBrowserCall(context, req, query);
  const id = idForPartner(context, call, partner);
  if (id === '') return sendGif(res, call.setCookie);
  sendRedirect(res, fillSyncUrl(partner.syncUrl, partner.uidMacro, id, call.signals), call.setCookie);
}
